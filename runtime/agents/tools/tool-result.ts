import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import { formatBytes } from '../../contracts/units.ts';
import { AosError } from '../../core/errors.ts';

/** What a tool answered; JSON through and through. */
export interface ToolResult {
  /** All text of the answer, one part a line. */
  text: string;
  /** The answer as data, if the tool gives one. */
  structured: Record<string, unknown> | undefined;
  /** The answer as MCP has it: texts, images (base64), resources. */
  content: CallToolResult['content'];
}

const FAILURE_TEXT_LENGTH = 2000;

/**
 * @param tool as in "server/tool"
 * @param options.mask takes secrets out of what the tool says about its failure
 * @throws AosError AOS_TOOL_FAILED if the tool says that it failed, or if the answer is too large
 */
export function toToolResult(
  tool: string,
  { content, structuredContent, isError }: CallToolResult,
  options: { maxBytes: number; mask: (text: string) => string },
): ToolResult {
  const text = content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  if (isError) {
    const said = options.mask(text).slice(0, FAILURE_TEXT_LENGTH);
    throw new AosError('AOS_TOOL_FAILED', `The tool ${tool} failed: ${said || 'it does not say why'}`);
  }
  const bytes = Buffer.byteLength(JSON.stringify({ content, structuredContent }));
  if (bytes > options.maxBytes) {
    throw new AosError(
      'AOS_TOOL_FAILED',
      `The tool ${tool} answered with ${formatBytes(bytes)}, and max_output_bytes of its server allows ${formatBytes(options.maxBytes)}. Ask for less, or allow more.`,
    );
  }
  return { text, structured: structuredContent, content };
}
