import { findNodeAtLocation, type Node, parseTree } from 'jsonc-parser';

/** Where an agent stands in the text of an aos.json. */
export interface AgentPlace {
  id: string;
  handler: string | undefined;
  /** Of the agent's object. */
  offset: number;
  length: number;
  /** Of the handler's value, quotes included. */
  handlerOffset: number;
  handlerLength: number;
}

/** The agents in the text of an aos.json, also of one with errors elsewhere. */
export function agentsIn(text: string): AgentPlace[] {
  const tree = parseTree(text);
  const list = tree && findNodeAtLocation(tree, ['agents']);
  return (list?.type === 'array' ? (list.children ?? []) : []).flatMap(agentAt);
}

function agentAt(node: Node): AgentPlace[] {
  const id = findNodeAtLocation(node, ['id'])?.value;
  const handler = findNodeAtLocation(node, ['handler']);
  if (typeof id !== 'string') return [];
  return [
    {
      id,
      handler: typeof handler?.value === 'string' ? handler.value : undefined,
      offset: node.offset,
      length: node.length,
      handlerOffset: handler?.offset ?? node.offset,
      handlerLength: handler?.length ?? 0,
    },
  ];
}
