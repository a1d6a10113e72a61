import { availableParallelism } from 'node:os';
import path from 'node:path';
import { defineConfig, type TestProjectInlineConfiguration } from 'vitest/config';

// Handlers of workspaces import the public API by the package's name.
const alias = [{ find: /^aos-studio$/, replacement: path.join(import.meta.dirname, 'runtime/index.ts') }];

interface Suite {
  name: string;
  include: string[];
  timeoutMs: number;
  /** One file after the other: they would take each other's processor time, and their waits for a window would run out. */
  serial?: boolean;
  /** The files share a process and its modules: starting one for each takes longer than what it tests. */
  shared?: boolean;
  setupFiles?: string[];
}

function project({
  name,
  include,
  timeoutMs,
  serial = false,
  shared = false,
  setupFiles = [],
}: Suite): TestProjectInlineConfiguration {
  return {
    resolve: { alias },
    test: {
      name,
      include,
      setupFiles,
      environment: 'node',
      pool: 'forks',
      testTimeout: timeoutMs,
      // The default of a second is a guess about the machine.
      expect: { poll: { timeout: timeoutMs / 4 } },
      hookTimeout: timeoutMs,
      fileParallelism: !serial,
      isolate: !shared,
    },
  };
}

// biome-ignore lint/style/noDefaultExport: Vitest reads the default export of its configuration.
export default defineConfig({
  test: {
    // Most of them wait for other processes, so that two keep one core busy.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      project({ name: 'unit', include: ['test/unit/**/*.test.ts'], timeoutMs: 20_000, shared: true }),
      project({ name: 'contract', include: ['test/contract/**/*.test.ts'], timeoutMs: 30_000, shared: true }),
      project({ name: 'integration', include: ['test/integration/**/*.test.ts'], timeoutMs: 120_000 }),
      project({
        name: 'e2e',
        include: ['test/e2e/**/*.test.ts'],
        timeoutMs: 120_000,
        serial: true,
        setupFiles: ['test/e2e/support/setup.ts'],
      }),
    ],
  },
});
