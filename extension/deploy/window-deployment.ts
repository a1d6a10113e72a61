import path from 'node:path';
import * as vscode from 'vscode';
import type { AosConfig } from '../../runtime/contracts/config.ts';
import { type DeploymentRecord, type DeployState, formatMonth } from '../../runtime/contracts/deploy-panel.ts';
import type { DeployJob } from '../../runtime/contracts/deploy-process.ts';
import { answered } from '../commands/register.ts';
import { setHasDeployment } from '../context-keys.ts';
import { t } from '../l10n.ts';
import { settings } from '../manifest.ts';
import { openDesk } from '../panels/capacity/capacity-desk.ts';
import { readChosenPlan } from '../panels/capacity/chosen-plan.ts';
import { setting } from '../settings.ts';
import type { Studio } from '../studio.ts';
import { isConnected } from '../studio-state.ts';
import { type DeployAnswers, readAnswers, writeAnswers } from './deploy-answers.ts';
import { type Deploying, startDeploying } from './deploy-process.ts';
import { askDeployment, type QuestionId } from './deploy-questions.ts';
import { DeploySecrets } from './deploy-secrets.ts';
import { DeploySession, type RunHandlers, resultOf } from './deploy-session.ts';
import { DeploySigns } from './deploy-signs.ts';
import { DeploymentMemory } from './deployment-memory.ts';
import { reportEnd } from './end-notice.ts';
import { deploymentLinks } from './portal-links.ts';
import { azureToken, currentCloud } from './sign-in.ts';
import { basesOf, choiceOf, proposedName, readWorkspaceConfig } from './workspace-plan.ts';

/** The window's one deployment: what is asked, what runs, and who looks on. It outlives the panel. */
export class WindowDeployment implements vscode.Disposable {
  readonly session: DeploySession;
  readonly #studio: Studio;
  readonly #signs = new DeploySigns();
  readonly #changed = new vscode.EventEmitter<DeployState>();
  readonly #subscription: vscode.Disposable;
  /** Whether a person sees the panel now. */
  isSeen: () => boolean = () => false;

  readonly onState = this.#changed.event;

  constructor(studio: Studio) {
    this.#studio = studio;
    const memory = new DeploymentMemory(studio.context.workspaceState, (record) => setHasDeployment(record !== null));
    setHasDeployment(memory.record !== null);
    this.session = new DeploySession({
      memory,
      run: (job, handlers) => this.#run(job, handlers),
      prices: async (region) => (await openDesk(studio)).prices.bookOf(region),
      bases: basesOf,
      links: deploymentLinks,
      connected: (record) => this.#shows(record),
      smokeTest: () => setting(settings.deploySmokeTest, this.#folder),
      now: Date.now,
      onChange: (state) => {
        this.#signs.update(state);
        this.#changed.fire(state);
      },
      onEnd: (end) => reportEnd(studio, end, this.isSeen()),
    });
    this.#subscription = studio.onStateChange(() => {
      if (this.session.state.face.kind === 'result') this.session.showRecord();
    });
  }

  /**
   * Asks where to deploy what, then asks Azure what would change.
   * @param only the one question that is asked; undefined: all
   * @param asked called when the questions are answered
   * @throws Cancelled; SignInError; Error that says what is wrong with aos.json
   */
  async choose(only: QuestionId | undefined, asked: () => void): Promise<void> {
    this.session.refuseIfBusy();
    const folder = this.#needFolder();
    const config = await readWorkspaceConfig(folder);
    await azureToken({ scopes: [SIGN_IN_SCOPE], tenantId: null, interactive: true });
    const { workspaceState } = this.#studio.context;
    const answers = await this.#ask(config, only);
    const choice = choiceOf(config, answers, workspaceState);
    await new DeploySecrets(this.#studio.context, folder).complete(config, choice);
    await writeAnswers(workspaceState, answers);
    asked();
    const { subscription, region } = answers;
    const mode = setting(settings.deployMode, folder);
    const { cloud } = currentCloud();
    await this.session.check({
      workspace: config.name,
      folder,
      cloud,
      subscription,
      region: region.label,
      choice,
      mode,
    });
  }

  /** Asks once more above the amount of the settings. @throws Cancelled */
  async confirmCost(): Promise<void> {
    const { face, target } = this.session.state;
    if (face.kind !== 'preview' || !target) return;
    const { month_usd } = face.preview;
    if (month_usd <= setting(settings.deployConfirmAboveUsd, this.#folder)) return;
    const question = t('Deploy for {0} a month?', formatMonth(face.preview));
    const detail = t('{0} pays for it from the moment it exists, plus what is paid by use.', target.subscription.name);
    answered(await vscode.window.showWarningMessage(question, { modal: true, detail }, t('Deploy')));
  }

  dispose(): void {
    this.session.dispose();
    this.#subscription.dispose();
    this.#signs.dispose();
    this.#changed.dispose();
  }

  get #folder(): string | undefined {
    return this.#studio.folder.workspace.folder;
  }

  #needFolder(): string {
    if (this.#folder === undefined) throw new Error(t('No folder is open.'));
    return this.#folder;
  }

  #ask(config: AosConfig, only: QuestionId | undefined): Promise<DeployAnswers> {
    const { workspaceState } = this.#studio.context;
    const { cloud } = currentCloud();
    const { endpoint } = config.model;
    return askDeployment({
      last: readAnswers(workspaceState),
      only,
      chosenPlan: readChosenPlan(workspaceState)?.name,
      endpoint: endpoint === 'embedded' ? undefined : endpoint,
      proposed: {
        resourceGroup: setting(settings.deployResourceGroup, this.#folder),
        location: setting(settings.deployLocation, this.#folder),
        name: proposedName(config),
      },
      subscriptions: async () =>
        resultOf(await this.session.ask({ kind: 'subscriptions', cloud }), 'subscriptions').subscriptions,
      regions: async (subscription_id, needs_gpu) =>
        resultOf(await this.session.ask({ kind: 'regions', cloud, subscription_id, needs_gpu }), 'regions').regions,
    });
  }

  async #run(job: DeployJob, { interactive, onProgress }: RunHandlers): Promise<Deploying> {
    const { extensionPath } = this.#studio.context;
    return startDeploying({
      main: path.join(extensionPath, 'dist', 'runtime', 'main.js'),
      cwd: this.#folder ?? extensionPath,
      logLevel: setting(settings.logLevel),
      environment: await this.#environment(job),
      job,
      token: (request) => azureToken({ ...request, interactive }),
      onProgress,
      onLog: (record) => this.#studio.log.write(record),
    });
  }

  /** Secrets go to the process that needs them only. */
  async #environment(job: DeployJob): Promise<Record<string, string>> {
    if (job.kind !== 'deploy' && job.kind !== 'preview') return {};
    const config = await readWorkspaceConfig(job.folder);
    return new DeploySecrets(this.#studio.context, job.folder).environment(config, job.choice);
  }

  #shows({ result }: DeploymentRecord): boolean {
    const { state } = this.#studio;
    return isConnected(state) && result?.api === state.deployed.url;
  }
}

const SIGN_IN_SCOPE = 'https://management.core.windows.net/.default';

let opened: WindowDeployment | undefined;

export function windowDeployment(studio: Studio): WindowDeployment {
  if (!opened) {
    opened = new WindowDeployment(studio);
    studio.context.subscriptions.push(opened);
  }
  return opened;
}
