import { startStorage } from '../../../runtime/cloud/storage/index.ts';
import { silentLogger } from '../../../runtime/core/logger.ts';
import { containerOf, tableOf } from './clients.ts';

/** Run as a process of its own, to be killed: writes into the data folder, says `written`, and goes on living. */
const [dataDir] = process.argv.slice(2);
const storage = await startStorage({ blobPort: 0, tablePort: 0, dataDir, logger: silentLogger });
const table = await tableOf(storage, 'agents');
await table.upsertEntity({ partitionKey: 'p', rowKey: 'acknowledged', text: 'here' });
const container = await containerOf(storage, 'files');
await container.getBlockBlobClient('acknowledged').upload('here', 4);
console.log('written');
