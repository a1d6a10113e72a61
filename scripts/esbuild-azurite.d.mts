import type { BuildOptions } from 'esbuild';

/** Absolute path of the built storage worker. */
export declare const azuriteBundle: string;
export declare function azuriteBuild(): BuildOptions;
