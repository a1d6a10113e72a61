import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/**
 * Puts everything that a folder's sources load with `import('./…')` into one lazy chunk.
 *
 * With code splitting each lazy module is an entry of its own, and esbuild makes a chunk for every set of entries that share
 * code: the start would load a dozen small files, one after the other, and VS Code reads each through its own loader. With
 * one lazy module there are two sets, so the start loads two files.
 * @param {string} folder absolute
 * @returns {import('esbuild').Plugin}
 */
export function oneLazyChunk(folder) {
  return {
    name: 'one-lazy-chunk',
    setup(build) {
      build.onResolve({ filter: /^\./ }, ({ kind, importer }) =>
        kind === 'dynamic-import' && importer.startsWith(folder + path.sep)
          ? { path: 'lazy', namespace: 'lazy' }
          : undefined,
      );
      build.onLoad({ filter: /.*/, namespace: 'lazy' }, () => {
        const modules = lazyModules(folder);
        const twice = namesExportedTwice(modules);
        if (twice.length > 0) return { errors: [{ text: `two lazily loaded modules export ${twice.join(', ')}` }] };
        return {
          contents: modules.map((file) => `export * from ${JSON.stringify(file)};`).join('\n'),
          resolveDir: folder,
          watchFiles: modules,
        };
      });
    },
  };
}

/** The modules that some file of the folder imports lazily. @param {string} folder @returns {string[]} absolute paths */
function lazyModules(folder) {
  const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const found = sources.flatMap((name) => {
    const file = path.join(folder, name);
    const imports = readFileSync(file, 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g);
    return [...imports].map(([, specifier]) => path.resolve(path.dirname(file), specifier ?? ''));
  });
  return [...new Set(found)].sort();
}

/** Such a name would be left out of the one module, without a word. @param {string[]} modules @returns {string[]} */
function namesExportedTwice(modules) {
  const names = modules.flatMap((file) => {
    const exported = readFileSync(file, 'utf8').matchAll(/^export (?:async )?(?:function|const|let|class) (\w+)/gm);
    return [...exported].map(([, name]) => name ?? '');
  });
  return names.filter((name, index) => names.indexOf(name) !== index);
}
