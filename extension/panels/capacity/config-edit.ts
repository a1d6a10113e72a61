import { type Edit, findNodeAtLocation, getNodeValue, type JSONPath, modify, parseTree } from 'jsonc-parser';

/**
 * What changes the value at a path of an aos.json, with its layout and comments kept.
 * @param value undefined: takes the property out
 * @returns the changes, and the value of before, undefined if there was none
 */
export function configChange(text: string, path: JSONPath, value: unknown): { changes: Edit[]; before: unknown } {
  const tree = parseTree(text);
  const node = tree && findNodeAtLocation(tree, path);
  const indent = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    insertSpaces: !indent.startsWith('\t'),
    tabSize: indent.length,
    eol: text.includes('\r\n') ? '\r\n' : '\n',
  };
  return { changes: modify(text, path, value, { formattingOptions }), before: node && getNodeValue(node) };
}
