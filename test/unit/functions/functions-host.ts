import Module from 'node:module';
import { vi } from 'vitest';

type Trigger = { type: string; name: string; direction: string } & Record<string, unknown>;
interface Metadata {
  name: string;
  bindings: Record<string, Trigger>;
}
type Callback = (...args: unknown[]) => unknown;
interface InvocationModel {
  getArguments(): Promise<{ context: unknown; inputs: unknown[] }>;
  invokeFunction(context: unknown, inputs: unknown[], callback: Callback): Promise<unknown>;
  getResponse(context: unknown, result: unknown): Promise<{ outputData: { data: unknown }[]; returnValue?: unknown }>;
}

export interface FunctionsHost {
  readonly functions: ReadonlyMap<string, Metadata>;
  /** What the worker asks of a function, through the real invocation model. @returns the output binding's data */
  invoke(name: string, data: object, triggerMetadata?: Record<string, object>): Promise<unknown>;
  /** Runs the hooks of the app's end, and forgets all that was registered. */
  terminate(): Promise<void>;
}

/**
 * The part of Azure's Functions worker that `@azure/functions` registers with; the worker hands it to the app as the module
 * `@azure/functions-core`, which no package registry has. Everything else is the real package. It looks for its worker once:
 * a test file starts one host.
 */
export function startFunctionsHost(): FunctionsHost {
  const functions = new Map<string, Metadata>();
  const callbacks = new Map<string, Callback>();
  const hooks: [name: string, callback: Callback][] = [];
  let model: { getInvocationModel(context: object): InvocationModel } | undefined;
  const core = {
    ...{ version: '3.0.0', hostVersion: '4.1040.0' },
    setProgrammingModel: (given: typeof model) => {
      model = given;
    },
    getProgrammingModel: () => model,
    registerHook: (name: string, callback: Callback) => hooks.push([name, callback]),
    registerFunction: (metadata: Metadata, callback: Callback) => {
      functions.set(metadata.name, metadata);
      callbacks.set(metadata.name, callback);
    },
    log: vi.fn(),
    Disposable: class {},
  };
  const loader = Module as unknown as { _load(id: string, ...rest: unknown[]): unknown };
  const load = loader._load;
  vi.spyOn(loader, '_load').mockImplementation((id, ...rest) =>
    id === '@azure/functions-core' ? core : load.call(Module, id, ...rest),
  );

  async function invoke(name: string, data: object, triggerMetadata: Record<string, object> = {}): Promise<unknown> {
    const metadata = functions.get(name)!;
    const [input] = Object.keys(metadata.bindings);
    const invocation = model!.getInvocationModel({
      ...{ invocationId: '1', metadata, log: vi.fn() },
      request: { invocationId: '1', functionId: name, inputData: [{ name: input, data }], triggerMetadata },
    });
    const { context, inputs } = await invocation.getArguments();
    const result = await invocation.invokeFunction(context, inputs, callbacks.get(name)!);
    const { outputData, returnValue } = await invocation.getResponse(context, result);
    return returnValue ?? outputData[0]?.data;
  }

  return {
    functions,
    invoke,
    terminate: async () => {
      for (const [name, callback] of hooks.splice(0)) if (name === 'appTerminate') await callback({});
      functions.clear();
    },
  };
}
