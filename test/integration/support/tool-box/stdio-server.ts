import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { createToolBox } from './tool-box.ts';

await createToolBox().connect(new StdioServerTransport());
