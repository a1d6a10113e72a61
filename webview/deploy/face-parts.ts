import type { DeployAction, DeployTarget } from '../../runtime/contracts/deploy-panel.ts';
import type { Child } from '../ui/elements.ts';

/** What a face of the panel may ask of the host. */
export interface FaceActions {
  act(action: DeployAction): void;
  deploy(confirmed: readonly string[]): void;
  copy(text: string): void;
  openLink(url: string): void;
  /** A box of a deletion was ticked or not. */
  confirm(id: string, confirmed: boolean): void;
}

export interface FaceContext {
  target: DeployTarget | null;
  /** Ids of resources whose deletion is ticked. */
  confirmed: readonly string[];
  actions: FaceActions;
}

/** A face, in the places of the frame. */
export interface FaceParts {
  /** Right end of the header. */
  tools: readonly Child[];
  /** The row below it. */
  summary: readonly Child[];
  content: readonly Child[];
  footer: readonly Child[];
  /** Of the bar below the header, 0 to 1; null: no bar. */
  progress?: number | null;
  failed?: boolean;
}
