/** A place in source code where a partition key is an agent's id alone (R30). */
export interface HotspotPlace {
  /** Offsets into the text, of the key's value. */
  offset: number;
  length: number;
  /** The value as it is written there, e.g. `message.agent_id`. */
  text: string;
}

/** `agentId`, `agent_id`, `agent.id`, `message.agentId`, `row['agent_id']` */
const ID = String.raw`(?:[\w$]+\??\.)*agent[._]?id|[\w$.]+\[["']agent_?id["']\]`;
/** The id itself, or in a string with nothing but `agent_` before it: TypeScript's, Python's, and put together with `+`. */
const VALUE = [
  ID,
  String.raw`\u0060(?:agents?[-_.])?\$\{(?:${ID})\}\u0060`,
  String.raw`f["'](?:agents?[-_.])?\{(?:${ID})\}["']`,
  String.raw`["']agents?[-_.]["']\s*\+\s*(?:${ID})`,
].join('|');
/** `partitionKey:`, `partition_key =`, `"PartitionKey":`, `['PartitionKey'] =`; not `==` and not `=>`. */
const KEY = String.raw`\bpartition_?key["']?\]?\s*(?::|=(?![=>]))\s*`;
const HOTSPOT = new RegExp(String.raw`(?<=${KEY})(?:${VALUE})(?=\s*(?:[,;)}\]#]|//|$))`, 'gim');

/**
 * Finds hotspot keys in TypeScript, JavaScript or Python, for an editor to mark. It reads the text and not its meaning:
 * a key that is built elsewhere is found only when it is written, by `findHotspotKey`.
 */
export function findHotspotPlaces(source: string): HotspotPlace[] {
  return Array.from(source.matchAll(HOTSPOT), ({ 0: text, index }) => ({ offset: index, length: text.length, text }));
}
