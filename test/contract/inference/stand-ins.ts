import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** Stand-ins for model servers that cannot run here: their wire shapes, as their documentation and source write them. */
export const BASE = 'meta-llama/Llama-3.1-8B-Instruct';

type Body = Record<string, unknown>;

export interface Call {
  /** e.g. `GET /info` */
  route: string;
  body: Body;
  headers: IncomingHttpHeaders;
}

/** A value is sent as JSON, a string as it is; a function does with the response what it wants. */
export type Answer = object | string | ((response: ServerResponse, call: Call) => unknown);
export type Routes = Record<string, (call: Call) => Answer>;

export interface StandIn {
  url: string;
  calls: Call[];
  /** The routes that were called, in order. */
  routes(): string[];
  /** Bodies of the calls of one route. */
  bodies(route: string): Body[];
}

/** Listens until the test is over. A route that is not there is answered as FastAPI does, or as `missing` says. */
export async function standIn(routes: Routes, missing: () => Answer = noRoute): Promise<StandIn> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const bytes of request) text += bytes;
    const call = {
      route: `${request.method} ${request.url}`,
      body: text === '' ? {} : (JSON.parse(text) as Body),
      headers: request.headers,
    };
    calls.push(call);
    const answer = (routes[call.route] ?? missing)(call);
    if (typeof answer === 'function') answer(response, call);
    else response.end(typeof answer === 'string' ? answer : JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    routes: () => calls.map(({ route }) => route),
    bodies: (route) => calls.filter((call) => call.route === route).map(({ body }) => body),
  };
}

/** An address at which nothing listens. */
export async function nowhere(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

export const refuse =
  (status: number, body: object | string, headers: Record<string, string> = {}): Answer =>
  (response: ServerResponse) =>
    response.writeHead(status, headers).end(typeof body === 'string' ? body : JSON.stringify(body));

const noRoute = () => refuse(404, { detail: 'Not Found' });

// --- What OpenAI's routes answer ---

export const CHAT = 'POST /v1/chat/completions';

/** The text `<model> says yes`, whole or as a stream. */
export const chat = ({ body }: Call): Answer => (body.stream === true ? chatStream(body) : completion(body));

const completion = ({ model }: Body) => ({
  id: 'c1',
  object: 'chat.completion',
  created: 1,
  model,
  choices: [{ index: 0, message: { role: 'assistant', content: `${model} says yes` }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 4, completion_tokens: 3, total_tokens: 7 },
});

export const chunk = (model: unknown, content: string, finish: string | null = null) => ({
  id: 'c1',
  object: 'chat.completion.chunk',
  created: 1,
  model,
  choices: [{ index: 0, delta: { content }, finish_reason: finish }],
});

function chatStream({ model }: Body): Answer {
  const events = [chunk(model, `${model}`), chunk(model, ' says'), chunk(model, ' yes', 'stop')];
  return [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n'].join('');
}

const model = (id: string, owned_by: string, parent: string | null = null) => ({
  ...{ id, object: 'model', created: 1, owned_by, root: id, parent, max_model_len: 4096, permission: [] },
});

// --- The servers ---

/** LoRAX itself: no list of models or adapters; an unknown route has an empty body (axum). */
export function loraxStandIn(routes: Routes = {}): Promise<StandIn> {
  return standIn(
    {
      'GET /info': () => ({
        model_id: BASE,
        model_dtype: 'torch.float16',
        model_device_type: 'cuda',
        version: '0.1.0',
      }),
      'GET /metrics': () => '# TYPE lorax_request_count counter\nlorax_request_count 3\n',
      'GET /health': () => '',
      'POST /generate': () => ({
        generated_text: 'yes',
        details: { finish_reason: 'eos_token', prompt_tokens: 4, generated_tokens: 1, seed: null },
      }),
      'POST /v1/embeddings': () => ({
        embeddings: [
          { index: 1, object: 'embedding', embedding: [0, 1] },
          { index: 0, object: 'embedding', embedding: [1, 0] },
        ],
      }),
      [CHAT]: chat,
      ...routes,
    },
    () => refuse(404, ''),
  );
}

/** vLLM; it was started with the base model and `served`, and loads adapters under /adapters while it runs. */
export function vllmStandIn(served: readonly string[] = [], routes: Routes = {}): Promise<StandIn> {
  const adapters = new Set(served);
  const failure = (code: number, type: string, message: string) =>
    refuse(code, { error: { message, type, param: null, code } });
  return standIn({
    'GET /health': () => '',
    'GET /v1/models': () => ({
      object: 'list',
      data: [model(BASE, 'vllm'), ...[...adapters].map((id) => model(id, 'vllm', BASE))],
    }),
    'POST /v1/load_lora_adapter': ({ body }) => {
      const { lora_name: name, lora_path: path } = body as { lora_name: string; lora_path: string };
      if (adapters.has(name))
        return failure(400, 'InvalidUserInput', `The lora adapter '${name}' has already been loaded.`);
      if (path.includes('rank-512'))
        return failure(400, 'BadRequestError', 'LoRA rank 512 is greater than max_lora_rank 16.');
      adapters.add(name);
      return `Success: LoRA adapter '${name}' added successfully.`;
    },
    'POST /v1/unload_lora_adapter': ({ body }) => {
      if (!adapters.delete(String(body.lora_name)))
        return failure(404, 'NotFoundError', 'The lora adapter cannot be found.');
      return `Success: LoRA adapter '${body.lora_name}' removed successfully.`;
    },
    [CHAT]: (call) => {
      const name = String(call.body.model);
      if (name === BASE || adapters.has(name)) return chat(call);
      return failure(404, 'NotFoundError', `The model \`${name}\` does not exist.`);
    },
    /** No route of vLLM: the test's way to start it anew. */
    'POST /test/restart': () => {
      adapters.clear();
      return '';
    },
    ...routes,
  });
}

/** Text Generation Inference: `/info` and `/generate` like LoRAX's, other metrics, other details. */
export function tgiStandIn(): Promise<StandIn> {
  const event = (text: string, last: object) =>
    `data:${JSON.stringify({ index: 1, token: { id: 1, text, logprob: -0.1, special: false }, ...last })}\n\n`;
  return standIn(
    {
      'GET /info': () => ({
        model_id: BASE,
        max_input_tokens: 1024,
        router: 'text-generation-router',
        version: '2.4.0',
      }),
      'GET /metrics': () => '# TYPE tgi_request_count counter\ntgi_request_count 3\n',
      'GET /health': () => '',
      'POST /generate': () => ({
        generated_text: 'yes',
        details: { finish_reason: 'length', generated_tokens: 1, seed: null, prefill: [{}, {}, {}], tokens: [] },
      }),
      'POST /generate_stream': () =>
        event('ye', { generated_text: null, details: null }) +
        event('s', {
          generated_text: 'yes',
          details: { finish_reason: 'length', generated_tokens: 2, seed: null, input_length: 4 },
        }),
      [CHAT]: chat,
    },
    () => refuse(404, ''),
  );
}

/** SGLang; it loads adapters while it runs, and answers 400 with its own body when it cannot. */
export function sglangStandIn(): Promise<StandIn> {
  const adapters: Record<string, string> = {};
  const changed = () => ({ success: true, error_message: null, loaded_adapters: { ...adapters } });
  const failed = (error_message: string) => refuse(400, { success: false, error_message, loaded_adapters: adapters });
  return standIn({
    'GET /health': () => '',
    'GET /get_model_info': () => ({ model_path: BASE, is_generation: true }),
    'GET /v1/models': () => ({ object: 'list', data: [model(BASE, 'sglang')] }),
    'POST /load_lora_adapter': ({ body }) => {
      const { lora_name: name, lora_path: path } = body as { lora_name: string; lora_path: string };
      if (path.includes('rank-512')) return failed('LoRA rank 512 exceeds max_lora_rank');
      adapters[name] = path;
      return changed();
    },
    'POST /unload_lora_adapter': ({ body }) => {
      delete adapters[String(body.lora_name)];
      return changed();
    },
    [CHAT]: chat,
  });
}

/** llama.cpp's server, started with two adapters. */
export function llamaCppStandIn(): Promise<StandIn> {
  return standIn(
    {
      'GET /health': () => ({ status: 'ok' }),
      'GET /lora-adapters': () => [
        { id: 0, path: '/models/cfo.gguf', scale: 0 },
        { id: 1, path: '/models/ceo.gguf', scale: 0 },
      ],
      'GET /v1/models': () => ({ object: 'list', data: [model('/models/llama.gguf', 'llamacpp')] }),
      [CHAT]: chat,
    },
    () => refuse(404, { error: { code: 404, message: 'File Not Found', type: 'not_found_error' } }),
  );
}
