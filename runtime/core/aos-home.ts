import os from 'node:os';
import path from 'node:path';

/** What belongs to the user on this machine, and not to one workspace: `~/.aos`, or `AOS_HOME`. */
export function aosHome(env: Record<string, string | undefined> = process.env): string {
  return env.AOS_HOME || path.join(os.homedir(), '.aos');
}
