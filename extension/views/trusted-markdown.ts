/**
 * Text for a trusted MarkdownString. What comes from a workspace (ids, purposes, errors) must never become a link, an icon,
 * a table cell of its own or HTML there: every character with a meaning in Markdown is escaped, line ends become spaces.
 */
export function markdownText(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|~<>$&:/]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** `[title](command:id?args)`: only commands that the MarkdownString enables run. */
export function commandLink(title: string, command: string, args: readonly unknown[] = []): string {
  // encodeURIComponent leaves parentheses, and the first closing one would end the link.
  const encoded = encodeURIComponent(JSON.stringify(args)).replace(/[()]/g, (sign) => (sign === '(' ? '%28' : '%29'));
  const query = args.length > 0 ? `?${encoded}` : '';
  return `[${title}](command:${command}${query})`;
}
