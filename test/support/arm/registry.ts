import type { FailureKind } from './failures.ts';
import type { ArmState, Body } from './state.ts';

interface Run {
  runId: string;
  status: 'Running' | 'Succeeded' | 'Failed';
  image: { registry: string; repository: string; tag: string };
}

/** Tasks of the container registries: builds images from uploaded sources. */
export class RegistryTasks {
  readonly #state: ArmState;
  readonly #url: () => string;
  readonly #runs: Run[] = [];

  constructor(state: ArmState, url: () => string) {
    this.#state = state;
    this.#url = url;
  }

  uploadUrl(): Body {
    const relativePath = `source/${this.#state.uploads.length + 1}.tar.gz`;
    return { uploadUrl: `${this.#url()}/uploads/${relativePath}?sig=test`, relativePath };
  }

  upload(source: Buffer): void {
    this.#state.uploads.push(source);
  }

  schedule(registry: string, { imageNames }: { imageNames: string[] }): Body {
    const [repository = '', tag = 'latest'] = (imageNames[0] ?? '').split(':');
    const image = { registry: `${registry}.azurecr.io`, repository, tag };
    const run: Run = { runId: `ca${this.#runs.length + 1}`, status: 'Running', image };
    this.#runs.push(run);
    return viewOf(run);
  }

  list(): Body[] {
    return this.#runs.map(viewOf).reverse();
  }

  /** A look at a run: it comes to its end. */
  look(runId: string, failing: FailureKind | undefined): Body | undefined {
    const run = this.#runs.find((other) => other.runId === runId);
    if (!run) return undefined;
    if (run.status === 'Running') {
      run.status = failing === 'image' ? 'Failed' : 'Succeeded';
      const { registry, repository, tag } = run.image;
      if (run.status === 'Succeeded') this.#state.images.push(`${registry}/${repository}:${tag}`);
    }
    return viewOf(run);
  }

  logUrl(runId: string): Body {
    return { logLink: `${this.#url()}/logs/${runId}` };
  }
}

export const BUILD_LOG = 'Step 2/5 : COPY . ./\nCOPY failed: no source files were specified\n';

const viewOf = ({ runId, status, image }: Run): Body => ({
  name: runId,
  properties: { runId, status, ...(status === 'Succeeded' && { outputImages: [image] }) },
});
