// A folder of files as one .zip. A module of its own: it alone needs a package, and where a site was
// built without npm, files are saved one by one.

import { zipSync } from "fflate";

/** `files` maps paths to bytes. They are stored as they are: the archive goes nowhere but to disk. */
export default (files) => zipSync(Object.fromEntries(files), { level: 0 });
