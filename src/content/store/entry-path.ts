/** Windows opens paths of 260 characters, and the customer's own folder needs some of them. */
export const pathBytesMax = 200;

const reservedCharacters = /[\\<>:"|?*]/;
/** Names of devices on Windows, with any ending. */
const deviceName = /^(?:con|prn|aux|nul|(?:com|lpt)[0-9])(?:\.|$)/i;

/**
 * Why a file in an edition cannot have this path, as the end of a sentence that begins with the path; `undefined` when
 * it can. A usable path is relative, has `/` between its parts, stays in its folder, and can be unpacked on every
 * system.
 */
export function problemOfPath(path: string): string | undefined {
  if (!path.isWellFormed() || path.includes("\ufffd")) return "is not UTF-8";
  if (/[\p{Cc}\p{Zl}\p{Zp}]/u.test(path)) return "has control characters or line ends";
  if (path.startsWith("/") || /^[A-Za-z]:/.test(path)) return "is an absolute path";
  const parts = path.split("/");
  if (parts.some((part) => part === ".." || part === ".")) return "leads out of its folder";
  if (reservedCharacters.test(path)) return `has one of the characters \\ < > : " | ? *, which not every system allows`;
  if (parts.some((part) => deviceName.test(part))) return "has a part that is a device on Windows";
  if (parts.some((part) => /^$|[. ]$/.test(part))) return "has a part that is empty or ends in a dot or a blank";
  if (Buffer.byteLength(path) > pathBytesMax) return `is longer than ${pathBytesMax} bytes`;
  return undefined;
}

/** A path from outside, to be shown in a sentence. */
export function showPath(path: string): string {
  return JSON.stringify(path.length > pathBytesMax ? `${path.slice(0, pathBytesMax)}…` : path);
}

/** Equal for paths that name the same file on some system: they differ only in case or Unicode form. */
export function foldPath(path: string): string {
  return path.normalize("NFC").toUpperCase().normalize("NFC");
}

/** The folders above a file, the outermost first. */
export function foldersAbove(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}

/** The paths of a tree of files in which no two are the same on any system. */
export function createPathTree() {
  const known = new Map<string, { readonly path: string; readonly kind: "file" | "folder" }>();
  return {
    /** Adds a file. Returns the path that is in its way, if there is one. Do not use the tree after that. */
    add(path: string): string | undefined {
      for (const folder of foldersAbove(path)) {
        const folded = foldPath(folder);
        const there = known.get(folded);
        if (there !== undefined && (there.kind === "file" || there.path !== folder)) return there.path;
        known.set(folded, { path: folder, kind: "folder" });
      }
      const folded = foldPath(path);
      const there = known.get(folded);
      if (there === undefined) known.set(folded, { path, kind: "file" });
      return there?.path;
    },
  };
}
