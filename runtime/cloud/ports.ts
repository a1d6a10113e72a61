import { AosError } from '../core/errors.ts';

const ATTEMPTS = 100;
const MAX_PORT = 65_535;

/**
 * Listens on `preferredPort`, or on the next free port after it; 0 = any.
 * @param listen opens the port; what it throws other than "taken" is passed on
 * @throws AosError AOS_PORT_TAKEN if the next 100 ports are taken
 */
export async function listenNear<T>(preferredPort: number, listen: (port: number) => Promise<T>): Promise<T> {
  let last: unknown;
  for (let port = preferredPort; port <= Math.min(preferredPort + ATTEMPTS, MAX_PORT); port++) {
    try {
      return await listen(port);
    } catch (error) {
      if (!isTaken(error)) throw error;
      last = error;
    }
  }
  throw new AosError(
    'AOS_PORT_TAKEN',
    `Port ${preferredPort} and the ${ATTEMPTS} after it are in use. Stop what uses them, or choose another port (0 takes any).`,
    { cause: last, details: { port: preferredPort } },
  );
}

/** EACCES: Windows reserves ranges of ports for Hyper-V and says so in this way. */
function isTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EADDRINUSE' || error.code === 'EACCES');
}
