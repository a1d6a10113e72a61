/** What the main thread and the storage worker say to each other. The key travels in the worker's own environment. */
export interface WorkerInput {
  host: string;
  /** The next free port is taken when it is in use; 0 = any. */
  blobPort: number;
  tablePort: number;
  /** An existing folder; undefined keeps everything in memory. */
  dataDir: string | undefined;
}

export type WorkerMessage =
  | { type: 'ready'; blobPort: number; tablePort: number }
  | {
      type: 'failed';
      message: string;
      stack: string | undefined;
      portTaken: number | undefined;
      /** Somebody took a port between the look at it and its opening: a new worker finds another one. */
      portLost: boolean;
    }
  | { type: 'save-failed'; message: string }
  | { type: 'stopped' };

export type WorkerCommand = { type: 'stop' };
