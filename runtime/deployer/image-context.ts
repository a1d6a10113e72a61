import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { AosError } from '../core/errors.ts';
import { packTar, type TarFile } from './tar.ts';

/** What the image is made of. */
export interface ImageSource {
  /** Folder with the runtime's bundle, `main.js` in it. */
  runtime: string;
  /** Folder with aos.json. */
  workspace: string;
}

export interface ImageContext {
  /** `aos-runtime:<hash of all files>`: the same files have the same name. */
  image: string;
  files: readonly TarFile[];
}

/** What a workspace holds for its developer alone. */
const NOT_IN_IMAGE = /^(\.aos|\.git|\.vscode|node_modules|\.env.*|.*\.(log|gguf|map))$/;

/** As in the Dockerfile of the repository, from files that are built already. */
const DOCKERFILE = `FROM node:24-slim
ENV NODE_ENV=production AOS_FOLDER=/app/workspace AOS_BIND=0.0.0.0 AOS_PORT=7071 \\
    APPLICATION_INSIGHTS_NO_STATSBEAT=1 APPLICATIONINSIGHTS_SDKSTATS_DISABLED=1
WORKDIR /app
COPY . ./
USER 1000:1000
EXPOSE 7071
STOPSIGNAL SIGTERM
CMD ["node", "dist/runtime/main.js", "replica"]
`;

/** @throws AosError AOS_NOT_FOUND: the runtime is not built */
export async function imageContext({ runtime, workspace }: ImageSource): Promise<ImageContext> {
  const bundle = await filesBelow(runtime, 'dist/runtime');
  if (!bundle.some(({ path: file }) => file === 'dist/runtime/main.js')) {
    throw new AosError(
      'AOS_NOT_FOUND',
      `There is no built runtime in ${runtime}, of which an image could be made. Run npm run build.`,
    );
  }
  const files = [
    text('Dockerfile', DOCKERFILE),
    // Files that end in .js are ES modules by this.
    text('package.json', `${JSON.stringify({ name: 'aos-runtime', private: true, type: 'module' })}\n`),
    ...bundle,
    ...(await filesBelow(workspace, 'workspace')),
  ];
  const hash = createHash('sha256');
  for (const { path: file, content } of files) hash.update(`${file}\0${content.length}\0`).update(content);
  return { image: `aos-runtime:${hash.digest('hex').slice(0, 16)}`, files };
}

export async function packContext({ files }: ImageContext): Promise<Buffer> {
  return promisify(gzip)(packTar(files));
}

const text = (file: string, content: string): TarFile => ({ path: file, content: Buffer.from(content) });

async function filesBelow(folder: string, as: string): Promise<TarFile[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const kept = entries.filter(({ name }) => !NOT_IN_IMAGE.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const files: TarFile[] = [];
  for (const entry of kept) {
    const [from, to] = [path.join(folder, entry.name), `${as}/${entry.name}`];
    if (entry.isDirectory()) files.push(...(await filesBelow(from, to)));
    else if (entry.isFile()) files.push({ path: to, content: await readFile(from) });
  }
  return files;
}
