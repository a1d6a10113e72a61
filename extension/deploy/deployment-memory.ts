import { type DeploymentRecord, deploymentRecordSchema } from '../../runtime/contracts/deploy-panel.ts';
import { DEPLOYMENT_KEY } from './kept-deployment.ts';

/** What of VS Code's memory of a workspace is needed here. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

/** The workspace's deployment, kept over reloads of the window; that of another version counts as none. */
export class DeploymentMemory {
  readonly #memory: Memory;
  readonly #onChange: (record: DeploymentRecord | null) => void;
  #record: DeploymentRecord | null;

  constructor(memory: Memory, onChange: (record: DeploymentRecord | null) => void) {
    this.#memory = memory;
    this.#onChange = onChange;
    this.#record = deploymentRecordSchema.safeParse(memory.get(DEPLOYMENT_KEY)).data ?? null;
  }

  get record(): DeploymentRecord | null {
    return this.#record;
  }

  set(record: DeploymentRecord | null): void {
    this.#record = record;
    void this.#memory.update(DEPLOYMENT_KEY, record ?? undefined);
    this.#onChange(record);
  }
}
