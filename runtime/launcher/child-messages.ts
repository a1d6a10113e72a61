import { z } from 'zod';
import { errorCodeSchema } from '../contracts/errors.ts';
import { engineSchema } from '../contracts/http.ts';
import { engineChoices } from '../contracts/launcher.ts';

/** What the local cloud tells the launcher about itself when it is ready. */
export const cloudReadySchema = z.object({
  serviceBus: z.string(),
  storage: z.string(),
  blob: z.string(),
  table: z.string(),
  lorax: z.string(),
  loraxKey: z.string(),
  engine: engineSchema,
  ports: z.object({ serviceBus: z.int(), blob: z.int(), table: z.int(), lorax: z.int() }),
  keys: z.object({ serviceBus: z.string(), storage: z.string(), lorax: z.string() }),
});
export type CloudReady = z.infer<typeof cloudReadySchema>;

/** What the processes of the system say to the launcher over IPC. */
export const childMessageSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('cloud-ready'), cloud: cloudReadySchema }),
  z.object({ type: z.literal('replica-ready') }),
  z.object({ type: z.literal('connection-taken'), id: z.int() }),
  z.object({ type: z.literal('scale'), replicas: z.int() }),
  z.object({ type: z.literal('failed'), code: errorCodeSchema, message: z.string() }),
]);
export type ChildMessage = z.infer<typeof childMessageSchema>;

/** What the launcher says to them. */
export const stopMessageSchema = z.object({ type: z.literal('stop') });

/** Where the services are: environment of a replica that was started before they were. */
export const servicesMessageSchema = z.object({ type: z.literal('services'), env: z.record(z.string(), z.string()) });
export type ServicesMessage = z.infer<typeof servicesMessageSchema>;

/** Comes with a socket; the replica answers `connection-taken` with the same id. */
export const connectionMessageSchema = z.object({ type: z.literal('connection'), id: z.int() });
export type ConnectionMessage = z.infer<typeof connectionMessageSchema>;

/** How the local cloud is to run; travels in the environment variable `AOS_CLOUD`, never on a command line: it holds keys. */
export const cloudOptionsSchema = z.object({
  dataDir: z.string().nullable(),
  ports: cloudReadySchema.shape.ports.partial(),
  keys: cloudReadySchema.shape.keys.optional(),
  model: z.object({
    baseModel: z.string(),
    engine: z.enum(engineChoices).optional(),
    modelFile: z.string().optional(),
    threads: z.int().min(1).optional(),
    engineFolder: z.string().optional(),
    /** Of the simulated engine. */
    profile: z.record(z.string(), z.unknown()).optional(),
  }),
});
export type CloudOptions = z.infer<typeof cloudOptionsSchema>;
