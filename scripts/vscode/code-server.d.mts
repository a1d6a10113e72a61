export interface CodeServer {
  url: string;
  authority: string;
  dir: string;
  pid: number;
  ended: Promise<number | null>;
  stop(): Promise<void>;
}
export function startCodeServer(options?: {
  settings?: Record<string, unknown>;
  env?: Record<string, string>;
  driver?: boolean;
  vsix?: string;
  trust?: boolean;
  dir?: string;
}): Promise<CodeServer>;
