/** What the suite in the extension host tells its runner, as a JSON file. */
export interface HostReport {
  /** False while it runs: then the host died. */
  finished: boolean;
  results: HostResult[];
}

export interface HostResult {
  title: string;
  state: 'passed' | 'failed' | 'skipped';
  ms: number;
  error?: string;
}
