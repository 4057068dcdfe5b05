/** The files of the image, in a folder: no Docker here, but what would be in it can be put together and run. */
import {
  chmodSync,
  constants,
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import path from 'node:path';
import * as z from 'zod';
import { copiedFromContext, isIgnored, readImage, ROOT } from './dockerfile.ts';

export interface ImageTree extends Disposable {
  /** Stands for /app. */
  readonly app: string;
  /** Stands for /data. Nobody's yet. */
  readonly data: string;
  /** Stands for /usr/local/bin/node: this process's, where any user may run it. */
  readonly node: string;
}

/** Everything but `data` can be read and not written, by anybody but root. */
export function buildImageTree(): ImageTree {
  const root = mkdtempSync('/tmp/ec2-operator-image-');
  const tree = { app: path.join(root, 'app'), data: path.join(root, 'data'), node: path.join(root, 'node') };
  mkdirSync(tree.app);
  mkdirSync(tree.data);
  copyFileSync(process.execPath, tree.node, constants.COPYFILE_FICLONE);
  for (const source of copiedFromContext(readImage())) {
    cpSync(path.join(ROOT, source), path.join(tree.app, source), {
      recursive: true,
      filter: (file) => !isIgnored(path.relative(ROOT, file)),
    });
  }
  for (const folder of productionPackages()) {
    cpSync(path.join(ROOT, folder), path.join(tree.app, folder), { recursive: true });
  }
  setWritable(tree.app, false);
  chmodSync(root, 0o755);
  chmodSync(tree.node, 0o755);
  return {
    ...tree,
    [Symbol.dispose]: () => {
      setWritable(tree.app, true);
      rmSync(root, { recursive: true });
    },
  };
}

const lockFile = z.object({
  packages: z.record(z.string(), z.object({ dev: z.boolean().default(false), optional: z.boolean().default(false) })),
});

/** What `npm ci --omit=dev --ignore-scripts` installs, as folders. */
function productionPackages(): readonly string[] {
  const { packages } = lockFile.parse(JSON.parse(readFileSync(path.join(ROOT, 'package-lock.json'), 'utf8')));
  return (
    Object.entries(packages)
      .filter(([folder, { dev, optional }]) => folder !== '' && !dev && !optional)
      .map(([folder]) => folder)
      // Its install script fetches another Node; the image has its own.
      .filter((folder) => folder !== 'node_modules/node')
  );
}

function setWritable(folder: string, writable: boolean): void {
  chmodSync(folder, writable ? 0o755 : 0o555);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) setWritable(file, writable);
    else if (entry.isFile()) chmodSync(file, writable ? 0o644 : 0o444);
  }
}
