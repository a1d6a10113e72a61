import { realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import type { StartCloud } from './commands/cloud.ts';
import { DEFAULT_BASE_MODEL } from './contracts/config.ts';
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

  program
    .command('up')
    .description('start the local cloud and the replicas of a workspace; Ctrl+C stops them')
    .argument('[folder]', 'folder with an aos.json', '.')
    .option('--replicas <n>', 'runtime processes (default: as aos.json says)', wholeNumber(1, 64))
    .option('--port <port>', 'HTTP port; the next free one is taken when it is in use', wholeNumber(0, 65_535), 7071)
    .option(...data)
    .option(...memory)
    .option('--no-restart', 'do not start a process again that ended by itself')
    .option(...json)
    .action(async (folder, options) => (await import('./commands/up.ts')).up(folder, options, mainFile()));
  program
    .command('cloud')
    .description('start the local cloud alone: a Service Bus, Azurite and LoRAX endpoint for any project')
    .option(...data)
    .option(...memory)
    .option(...json)
    .action(async (options) => (await import('./commands/cloud.ts')).cloud(options, startCloud));
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
  for (const view of ['agents', 'adapters'] as const) {
    program
      .command(view)
      .description(`list the ${view}`)
      .option(...url)
      .option(...token)
      .option(...json)
      .action(async (options) => (await import('./commands/talk.ts')).list(view, options));
  }
}

const startCloud: StartCloud = async ({ dataDir, logger }) => {
  const { startLocalCloud } = await import('./cloud/index.ts');
  const { entities } = await import('./messaging/entities.ts');
  return startLocalCloud({
    entities,
    dataDir,
    ports: DEFAULT_PORTS,
    host: '127.0.0.1',
    model: { base: DEFAULT_BASE_MODEL },
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
