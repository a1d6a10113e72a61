import { realpathSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import type { StartCloud } from './commands/cloud.ts';
import type { Calibrate } from './commands/endpoint.ts';
import type { EngineTools } from './commands/engine.ts';
import { deploymentHosts } from './contracts/deployment.ts';
import { agentActions } from './contracts/http.ts';
import { engineChoices } from './contracts/launcher.ts';
import { isAosError, messageOf } from './core/errors.ts';
import { DEFAULT_PORTS } from './launcher/ports.ts';
import { VERSION } from './server/version.ts';

/**
 * The `aos` command. One clear line on stderr when something fails, never a stack trace.
 * @param args what stands behind `aos`
 * @returns the exit status
 */
export async function main(args: readonly string[]): Promise<number> {
  const program = new Command('aos')
    .description('Agent Operating System on this machine: runtime, local cloud, agents.')
    .version(VERSION)
    // What stands behind a subcommand belongs to that, also where its parent has an option of the name.
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ writeErr: (text) => process.stderr.write(text.replace(/^error: /, 'aos: ')) })
    .showHelpAfterError('(see aos --help)');
  addCommands(program);
  try {
    await program.parseAsync([...args], { from: 'user' });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    process.stderr.write(`aos: ${messageOf(error)}${isAosError(error) ? ` (${error.code})` : ''}\n`);
    return 1;
  }
}

function addCommands(program: Command): void {
  const url = ['--url <url>', 'address of the runtime (default: the one that runs on this machine)'] as const;
  const token = ['--token <token>', 'its token (default: AOS_TOKEN, or that of the running one)'] as const;
  const json = ['--json', 'print one JSON object'] as const;
  const data = ['--data <dir>', 'keep the local cloud’s data in this folder (default: .aos in the folder)'] as const;
  const memory = ['--memory', 'keep nothing on disk'] as const;
  const engineChoice = () =>
    new Option('--engine <engine>', 'what the embedded endpoint answers with').choices(engineChoices);
  const model = ['--model <file>', 'GGUF file of the base model (default: model.file of aos.json)'] as const;
  const threads = ['--threads <n>', 'threads of llama.cpp (default: one less than processors)'] as const;

  program
    .command('up')
    .description('start the local cloud and the replicas of a workspace; Ctrl+C stops them')
    .argument('[folder]', 'folder with an aos.json', '.')
    .option('--replicas <n>', 'runtime processes (default: as aos.json says)', wholeNumber(1, 64))
    .option('--port <port>', 'HTTP port; the next free one is taken when it is in use', wholeNumber(0, 65_535), 7071)
    .option(...data)
    .option(...memory)
    .addOption(engineChoice())
    .option(...model)
    .option('--profile <file>', 'pace of the simulated engine, from aos endpoint calibrate')
    .option(...threads, wholeNumber(1, 1024))
    .option('--no-restart', 'do not start a process again that ended by itself')
    .option(...json)
    .action(async (folder, options) => (await import('./commands/up.ts')).up(folder, options, mainFile()));
  program
    .command('cloud')
    .description('start the local cloud alone: a Service Bus, Azurite and LoRAX endpoint for any project')
    .option(...data)
    .option(...memory)
    .addOption(engineChoice())
    .option(...model)
    .option(...threads, wholeNumber(1, 1024))
    .option(...json)
    .action(async (options) => (await import('./commands/cloud.ts')).cloud(options, startCloud));
  program
    .command('import')
    .description('take over a workspace of the Python AOS')
    .argument('<folder>')
    .option('--out <file>', 'where the aos.json goes', 'aos.json')
    .option('--force', 'overwrite it')
    .option(...json)
    .action(async (folder, options) => (await import('./commands/import.ts')).importCommand(folder, options));
  addMeasuring(program, { url, token, json });
  addDeploying(program, { json });
  program
    .command('plan')
    .description('plan capacity and cost')
    .option('--input <file>', 'JSON with the inputs that differ from the guide’s')
    .option('--benchmark <file>', 'JSON result of a benchmark on a real engine: its figures fill inputs')
    .option('--prices <file>', 'JSON price list, instead of the one that ships')
    .option('--refresh', 'ask Azure for today’s prices; --prices is where they are kept')
    .option(...json)
    .action(async (options) => (await import('./commands/plan.ts')).planCommand(options));
  program
    .command('lifecycle')
    .description('the blob lifecycle policy')
    .command('run')
    .description('move blobs to the access tiers that the policy wants')
    .option('--at <date>', 'as if it were this date (ISO 8601)')
    .option('--dry-run', 'say what would be done')
    .option('--data <dir>', 'the running instance with this data folder')
    .option(...url)
    .option(...json)
    .action(async (options) => (await import('./commands/lifecycle.ts')).runLifecycleCommand(options));
  const engine = program.command('engine').description('llama.cpp, for answers of a real model on this machine');
  engine
    .command('install')
    .description('install it with npm: prebuilt binaries, about 25 MB to download')
    .option('--into <dir>', 'folder for engines (default: ~/.aos/engines)')
    .option('--yes', 'do not ask')
    .option(...json)
    .action(async (options) => (await import('./commands/engine.ts')).install(await engineTools(), options));
  engine
    .command('status')
    .description('whether it is installed')
    .option('--into <dir>', 'folder for engines (default: ~/.aos/engines)')
    .option(...json)
    .action(async (options) => (await import('./commands/engine.ts')).status(await engineTools(), options));
  engine
    .command('remove')
    .description('remove it')
    .option('--into <dir>', 'folder for engines (default: ~/.aos/engines)')
    .option(...json)
    .action(async (options) => (await import('./commands/engine.ts')).remove(await engineTools(), options));
  const endpoint = program.command('endpoint').description('the model endpoint');
  endpoint
    .command('test')
    .description('call the model endpoint of a running runtime, and say what came back')
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (options) => (await import('./commands/endpoint.ts')).testEndpoint(options));
  endpoint
    .command('calibrate')
    .description('measure a LoRAX endpoint, so that the simulated engine keeps its pace')
    .argument('<url>')
    .option('--adapter <id...>', 'adapters the endpoint knows')
    .option('--key <name>', 'environment variable with its key')
    .option('--out <file>', 'where the profile goes', 'profile.json')
    .action(async (address, options) =>
      (await import('./commands/endpoint.ts')).calibrateEndpoint(await calibration(), address, options),
    );
  program
    .command('ask')
    .description('ask an agent')
    .argument('<agent>')
    .argument('<prompt>')
    .option('--no-cache', 'neither read from nor write to the response cache')
    .option('--max-tokens <n>', 'tokens of the answer at most', wholeNumber(1, 32_768))
    .option('--temperature <t>', 'sampling temperature, 0 to 2', Number.parseFloat)
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (agent, prompt, options) => (await import('./commands/talk.ts')).ask(agent, prompt, options));
  program
    .command('send')
    .description('send an event to an agent')
    .argument('<agent>')
    .argument('<type>', 'type of the event, e.g. DecisionRequested')
    .argument('[json]', 'data of the event as JSON')
    .option('--id <id>', 'id of the event; the same id again is the same event')
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (agent, type, text, options) =>
      (await import('./commands/talk.ts')).send(agent, type, text, options),
    );
  program
    .command('run')
    .description('run a workflow of aos.json')
    .argument('<workflow>')
    .argument('[json]', 'its input as JSON')
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (name, text, options) => (await import('./commands/workflow.ts')).runWorkflow(name, text, options));
  program
    .command('trace')
    .description('show every hop of a trace with its time')
    .argument('[id]', 'its id (default: the latest)')
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (id, options) => (await import('./commands/trace.ts')).trace(id, options));
  program
    .command('scale')
    .description('change the number of local replicas while they run')
    .argument('<replicas>', 'runtime processes', wholeNumber(1, 64))
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (replicas, options) => (await import('./commands/talk.ts')).scale(replicas, options));
  for (const view of ['agents', 'adapters'] as const) {
    const listing = program
      .command(view)
      .description(`list the ${view}`)
      .option(...url)
      .option(...token)
      .option(...json)
      .enablePositionalOptions()
      .action(async (options) => (await import('./commands/talk.ts')).list(view, options));
    if (view === 'agents') addAgentActions(listing, { url, token, json });
  }
}

function addAgentActions(agents: Command, { url, token, json }: Record<'url' | 'token' | 'json', Flag>): void {
  const does = {
    start: 'let an agent take events again: first those that waited',
    stop: 'let the events of an agent wait in its shard until it is started',
    restart: 'let an agent begin anew, with its handlers as they are now',
  };
  for (const action of agentActions) {
    agents
      .command(action)
      .description(does[action])
      .argument('<agent>')
      .option(...url)
      .option(...token)
      .option(...json)
      .action(async (agent, options) => (await import('./commands/agents.ts')).turnAgent(agent, action, options));
  }
}

type Flag = readonly [flags: string, description: string];

/** Benchmark, load test, and what a load test becomes for other tools. */
function addMeasuring(program: Command, { url, token, json }: Record<'url' | 'token' | 'json', Flag>): void {
  const keep = ['--no-keep', 'do not keep the result in the runtime'] as const;
  const bench = program
    .command('bench')
    .description('measure a running runtime and hold it against the guide’s targets')
    .option('--scenario <id...>', 'only these (default: the whole baseline table)')
    .option('--agent <id>', 'agent that is asked')
    .option('--serial', 'one request after the other, as the guide does')
    .option('--requests <n>', 'how many', wholeNumber(1, 10_000_000))
    .option('--rate <r>', 'requests a second (open loop)', positive)
    .option('--ramp-to <r>', 'requests a second at the end', positive)
    .option('--duration <s>', 'seconds', positive)
    .option('--warm-up <s>', 'seconds that are not counted', notNegative)
    .option('--baseline <run>', 'an earlier run: a file, or the id or number of a kept one')
    .option('--fail-on-regression', 'exit status 1 if it is surely slower than the baseline, or fails more often')
    .option('--tolerance <percent>', 'how much worse a figure may be (default: 5)', notNegative)
    .option('--out <file>', 'writes the result: .json, .csv, .md or .xml (JUnit)')
    .option(...keep)
    .option(...url)
    .option(...token)
    .option(...json)
    .enablePositionalOptions()
    .action(async (options) => (await import('./commands/bench.ts')).bench(options));
  bench
    .command('history')
    .description('list the results that the runtime keeps, newest first')
    .option('--limit <n>', 'how many', wholeNumber(1, 1000), 20)
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (options) => (await import('./commands/bench-history.ts')).benchHistory(options));
  bench
    .command('compare')
    .description('hold one kept run against another; noise is not called a change')
    .argument('<a>', 'id or number of the earlier run')
    .argument('<b>', 'id or number of the later one')
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (a, b, options) => (await import('./commands/bench-history.ts')).benchCompare(a, b, options));
  program
    .command('load')
    .description('run a load test; its criteria give the exit status')
    .argument('<test-plan>', 'YAML file')
    .option('--as-written', 'call the endpoints that the plan names')
    .option('--yes', 'the load may go to other machines')
    .option('--duration <s>', 'seconds, instead of what the plan says', positive)
    .option('--out <file>', 'writes the result: .json, .csv, .md or .xml (JUnit)')
    .option(...keep)
    .option(...url)
    .option(...token)
    .option(...json)
    .action(async (file, options) => (await import('./commands/load.ts')).load(file, options));
  const exporting = program.command('export').description('files for other tools');
  exporting
    .command('load-test')
    .description('a test plan for JMeter, Locust and Azure Load Testing')
    .argument('<test-plan>', 'YAML file')
    .argument('<dir>', 'folder the files go to')
    .option(...json)
    .action(async (file, folder, options) =>
      (await import('./commands/load.ts')).exportLoadTest(file, folder, options),
    );
  exporting
    .command('workbook')
    .description('the guide’s dashboard, and the workbook for Azure Monitor')
    .argument('<dir>', 'folder the files go to')
    .option(...json)
    .action(async (out, options) => (await import('./commands/deploy-template.ts')).exportWorkbook(out, options));
  withDeployOptions(exporting.command('azd'))
    .description('a project for the Azure Developer CLI')
    .argument('<dir>', 'folder the files go to')
    .argument('[folder]', 'folder with an aos.json', '.')
    .option(...json)
    .action(async (out, folder, options) =>
      (await import('./commands/deploy-template.ts')).exportAzd(folder, out, options),
    );
}

function addDeploying(program: Command, { json }: Record<'json', Flag>): void {
  withDeployOptions(program.command('deploy'))
    .description('bring a workspace to Azure: shows what would change and what it costs, asks, and deploys')
    .argument('[folder]', 'folder with an aos.json', '.')
    .addOption(new Option('--what-if', 'only show what would change').conflicts(['follow', 'delete', 'template']))
    .addOption(new Option('--follow <deployment>', 'wait for one that has begun').conflicts(['delete', 'template']))
    .addOption(new Option('--delete', 'delete what was deployed').conflicts('template'))
    .option('--template <dir>', 'only write the template, its parameters and a README there; nothing is asked of Azure')
    .option('--yes [name]', 'do not ask; with --delete: the name of the resource group')
    .option('--subscription <id>', 'subscription (default: AZURE_SUBSCRIPTION_ID, or the only one)')
    .option('--cloud <name>', 'public, usgovernment, china, or the URL of a resource manager')
    .option('--audience <id>', 'app registration of the API: whose tokens it takes')
    .option('--complete', 'also delete what the resource group holds and the template does not name')
    .option('--no-smoke-test', 'do not test what was deployed')
    .option(...json)
    .action(async (folder, { template, ...options }) => {
      if (template === undefined) {
        return (await import('./commands/deploy.ts')).deployCommand(folder, options, path.dirname(mainFile()));
      }
      return (await import('./commands/deploy-template.ts')).deployTemplate(folder, template, options);
    });
}

/** What can be said of a deployment; the rest follows from aos.json and the capacity plan. */
function withDeployOptions(command: Command): Command {
  return command
    .option('--name <prefix>', 'prefix of all names (default: from the name of the workspace)')
    .option('--resource-group <name>', 'resource group (default: <prefix>-rg)')
    .option('--location <region>', 'region, e.g. westus2')
    .addOption(new Option('--host <host>', 'where the replicas run').choices(deploymentHosts))
    .option('--endpoint <url>', 'model endpoint that is there already, instead of LoRAX on an A100')
    .option('--no-hub-token', 'the base model needs no token of the Hugging Face hub')
    .option('--budget <usd>', 'budget of a month, with warnings at 50, 80 and 100 %', positive)
    .option('--alert-email <address>', 'where alerts and warnings go')
    .option('--tag <key=value...>', 'tags of every resource')
    .option('--input <file>', 'JSON with inputs of the capacity plan, as for aos plan')
    .option('--prices <file>', 'JSON price list that aos plan --refresh has kept');
}

function positive(text: string): number {
  const value = Number(text);
  if (Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError('It must be a number above 0.');
}

function notNegative(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be 0 or a number above.');
}

async function calibration(): Promise<Calibrate> {
  const { fitProfile, measureEndpoint } = await import('./cloud/lorax/calibration/index.ts');
  return async (url, options) => fitProfile(await measureEndpoint(url, options));
}

async function engineTools(): Promise<EngineTools> {
  const { findLlama, installLlama, LLAMA_SIZE, LLAMA_VERSION, removeLlama } = await import(
    './cloud/lorax/llama/install.ts'
  );
  return { version: LLAMA_VERSION, size: LLAMA_SIZE, find: findLlama, install: installLlama, remove: removeLlama };
}

const startCloud: StartCloud = async ({ dataDir, model, logger }) => {
  const { startLocalCloud } = await import('./cloud/index.ts');
  const { entities } = await import('./messaging/entities.ts');
  return startLocalCloud({
    entities,
    dataDir,
    ports: DEFAULT_PORTS,
    host: '127.0.0.1',
    model,
    logger,
  });
};

function wholeNumber(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

/** `main` beside this file: what the launcher's processes run. */
function mainFile(): string {
  return fileURLToPath(new URL(import.meta.url.endsWith('.ts') ? './main.ts' : './main.js', import.meta.url));
}

if (process.argv[1] !== undefined && import.meta.filename === realpathSync(process.argv[1])) {
  process.exitCode = await main(process.argv.slice(2));
}
