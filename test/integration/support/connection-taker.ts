/** A replica in miniature: serves what the ingress hands over, and answers with its name. */
import { createServer } from 'node:http';
import { takeConnections } from '../../../runtime/launcher/connections.ts';

const [name] = process.argv.slice(2);
takeConnections(createServer((_request, response) => response.setHeader('connection', 'close').end(name)));
process.send?.('up');
