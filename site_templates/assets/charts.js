// The charts below a leaderboard. What draws them is fetched when they are about to be seen.

export default function (root) {
  root.replaceChildren(); // what is said to those without a script
  const watch = new IntersectionObserver(
    async (entries) => {
      if (!entries.some((entry) => entry.isIntersecting)) return;
      watch.disconnect();
      const { draw } = await import("./charts/draw.js");
      await draw(root);
    },
    { rootMargin: "300px" },
  );
  watch.observe(root);
}
