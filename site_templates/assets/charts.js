// The charts below a leaderboard. What draws them is fetched when they come into sight.

/** Wait until an element is about to be seen. */
function inSight(element) {
  return new Promise((seen) => {
    const watch = new IntersectionObserver(
      (entries) => {
        if (!entries.some((entry) => entry.isIntersecting)) return;
        watch.disconnect();
        seen();
      },
      { rootMargin: "300px" },
    );
    watch.observe(element);
  });
}

export default async function (root) {
  await inSight(root);
  const { draw } = await import("./charts/draw.js");
  await draw(root);
}
