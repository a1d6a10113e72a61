import { findHotspotPlaces } from '../../contracts/hotspot-source.ts';

/** A source file of a handler. */
export interface SourceFile {
  file: string;
  text: string;
}

/** A place in the workspace's source code. */
export interface SourcePlace {
  file: string;
  /** From 1. */
  line: number;
  /** What stands there. */
  text: string;
}

/** Calls of Node's that stop the whole process until they are done. */
const BLOCKING_CALL =
  /\b(?:\w+FileSync|(?:read|mk|rm|open|stat|access)\w*Sync|(?:exec|execFile|spawn|pbkdf2|scrypt)Sync|Atomics\.wait)(?=\s*\()/;
/** A variable outside every function, or an empty collection there that waits to be filled: only one process has it. */
const SHARED_STATE =
  /^(?:export\s+)?(?:(?:let|var)\s+([\w$]+)|const\s+([\w$]+)[^=]*=\s*(?:new\s+(?:Map|Set|WeakMap)\b[^(]*\(\s*\)|\[\s*\]|\{\s*\})\s*;?\s*$)/;

/** Blocking calls (R83). It reads the text line by line and not its meaning. */
export function blockingCalls(sources: readonly SourceFile[]): SourcePlace[] {
  return placesIn(sources, (line) => BLOCKING_CALL.exec(line)?.[0]);
}

/** State that handlers keep outside of their functions (R81). It reads the text line by line and not its meaning. */
export function sharedState(sources: readonly SourceFile[]): SourcePlace[] {
  return placesIn(sources, (line) => {
    const match = SHARED_STATE.exec(line);
    return match?.[1] ?? match?.[2];
  });
}

/** Partition keys that are an agent's id alone (R84). */
export function hotspotKeys(sources: readonly SourceFile[]): SourcePlace[] {
  return sources.flatMap(({ file, text }) =>
    findHotspotPlaces(text).map((place) => ({
      ...{ file, text: place.text },
      line: text.slice(0, place.offset).split('\n').length,
    })),
  );
}

function placesIn(sources: readonly SourceFile[], find: (line: string) => string | undefined): SourcePlace[] {
  return sources.flatMap(({ file, text }) =>
    text.split('\n').flatMap((line, index) => {
      const found = find(line.replace(/\/\/.*$/, ''));
      return found === undefined ? [] : [{ file, line: index + 1, text: found }];
    }),
  );
}
