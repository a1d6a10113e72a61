import type { Region, Subscription } from '../../runtime/contracts/deploy-process.ts';
import { type DeploymentHost, deploymentChoiceSchema } from '../../runtime/contracts/deployment.ts';
import { askSteps, type PickItem, type Question } from '../commands/multi-step.ts';
import { t } from '../l10n.ts';
import type { DeployAnswers, ModelChoice } from './deploy-answers.ts';

export type QuestionId =
  | 'subscription'
  | 'plan'
  | 'host'
  | 'model'
  | 'endpoint'
  | 'region'
  | 'resourceGroup'
  | 'name'
  | 'audience';

export interface QuestionFacts {
  /** What was answered last. */
  last: DeployAnswers | undefined;
  /** Ask this one only, and take the last answer of all others; undefined: all. */
  only: QuestionId | undefined;
  /** Name of the plan that was chosen in the planner; undefined: none was. */
  chosenPlan: string | undefined;
  /** Where aos.json says that the model is; undefined: it leaves it open. */
  endpoint: string | undefined;
  /** Proposed the first time. */
  proposed: { resourceGroup: string; location: string; name: string };
  subscriptions(): Promise<Subscription[]>;
  regions(subscriptionId: string, needsGpu: boolean): Promise<Region[]>;
}

/** Asks where to deploy what, one question after the other, with Back. @throws Cancelled on Esc */
export async function askDeployment(facts: QuestionFacts): Promise<DeployAnswers> {
  const { last, only, chosenPlan, endpoint } = facts;
  let subscriptions: Subscription[] = [];
  let regions: Region[] = [];
  const asked = (id: QuestionId) =>
    last === undefined || only === undefined || only === id || (only === 'model' && id === 'endpoint');
  const modelOf = (answer: string): ModelChoice =>
    endpoint !== undefined ? 'endpoint' : (((answer || last?.model) as ModelChoice | undefined) ?? 'lorax');
  const steps: [QuestionId, (answers: readonly string[]) => Question | undefined][] = [
    [
      'subscription',
      () => ({
        ...{ kind: 'pick', placeholder: t('Subscription that pays for it') },
        items: facts.subscriptions().then((found) => {
          subscriptions = found;
          return subscriptionItems(found);
        }),
        value: last?.subscription.id,
      }),
    ],
    [
      'plan',
      () =>
        chosenPlan === undefined
          ? undefined
          : {
              ...{ kind: 'pick', placeholder: t('Capacity plan'), value: last?.plan },
              items: [
                { label: chosenPlan, description: t('chosen in the capacity planner'), value: 'chosen' },
                {
                  label: t('Plan of this workspace'),
                  description: t('from aos.json and the guide'),
                  value: 'workspace',
                },
              ],
            },
    ],
    ['host', () => ({ kind: 'pick', placeholder: t('Where the replicas run'), items: hostItems(), value: last?.host })],
    [
      'model',
      () =>
        endpoint !== undefined
          ? undefined
          : {
              ...{ kind: 'pick', placeholder: t('Where the model runs'), items: modelItems(), value: last?.model },
            },
    ],
    [
      'endpoint',
      ([, , , model]) =>
        endpoint !== undefined || modelOf(model ?? '') !== 'endpoint'
          ? undefined
          : {
              ...{
                kind: 'text',
                prompt: t('Address of your LoRAX or OpenAI-compatible endpoint'),
                placeholder: 'https://…',
              },
              value: last?.endpoint,
              check: (text) => (URL.canParse(text) ? undefined : t('An address begins with http:// or https://.')),
            },
    ],
    [
      'region',
      ([subscription, , , model]) => ({
        ...{ kind: 'pick', placeholder: t('Region') },
        items: facts
          .regions(subscription || last!.subscription.id, modelOf(model ?? '') !== 'endpoint')
          .then((found) => {
            regions = found;
            return regionItems(found);
          }),
        value: last?.region.name ?? facts.proposed.location,
      }),
    ],
    [
      'resourceGroup',
      () => ({
        ...{ kind: 'text', prompt: t('Resource group; it is created if it does not exist') },
        value: last?.resource_group ?? facts.proposed.resourceGroup,
        check: checkWith(deploymentChoiceSchema.shape.resource_group, t('A resource group')),
      }),
    ],
    [
      'name',
      () => ({
        ...{ kind: 'text', prompt: t('Name that all resources begin with') },
        value: last?.name ?? facts.proposed.name,
        check: checkWith(deploymentChoiceSchema.shape.name, t('A name')),
      }),
    ],
    [
      'audience',
      () => ({
        kind: 'text',
        prompt: t(
          'Application (client) id whose sign-ins may call the API. Empty: nobody may yet, and the smoke test leaves out what needs it.',
        ),
        placeholder: 'api://…',
        value: last?.audience,
      }),
    ],
  ];
  const answers = await askSteps(
    t('Deploy to Azure'),
    steps.map(
      ([id, question]) =>
        (given) =>
          asked(id) ? question(given) : undefined,
    ),
  );
  const answerTo = (id: QuestionId) => {
    const index = steps.findIndex(([one]) => one === id);
    return asked(id) ? answers[index]! : undefined;
  };
  return {
    subscription: subscriptions.find(({ id }) => id === answerTo('subscription')) ?? last!.subscription,
    plan: (answerTo('plan') || last?.plan || 'workspace') as DeployAnswers['plan'],
    host: (answerTo('host') ?? last!.host) as DeploymentHost,
    model: modelOf(answerTo('model') ?? ''),
    endpoint: endpoint ?? (answerTo('endpoint') || last?.endpoint || ''),
    region: regionOf(regions, answerTo('region')) ?? last!.region,
    resource_group: answerTo('resourceGroup') ?? last!.resource_group,
    name: answerTo('name') ?? last!.name,
    audience: answerTo('audience') ?? last!.audience,
  };
}

function regionOf(regions: readonly Region[], answer: string | undefined): DeployAnswers['region'] | undefined {
  const found = regions.find(({ name }) => name === answer);
  return found && { name: found.name, label: found.label };
}

/** What is wrong with a text, as the contract says it. */
function checkWith(
  schema: { safeParse(value: unknown): { success: boolean; error?: { issues: { message: string }[] } } },
  what: string,
): (text: string) => string | undefined {
  return (text) => {
    const message = schema.safeParse(text).error?.issues[0]?.message;
    return message === undefined ? undefined : `${what} ${message}.`;
  };
}

function subscriptionItems(subscriptions: readonly Subscription[]): PickItem[] {
  if (subscriptions.length === 0)
    throw new Error(
      t('This account has no Azure subscription. Sign in with another account, or ask for access to one.'),
    );
  return subscriptions.map(({ id, name, state }) => ({
    ...{ label: name, description: id, value: id },
    obstacle: state === 'Enabled' ? null : t('{0} in Azure', state.toLowerCase()),
  }));
}

/** Those that can be used first. */
function regionItems(regions: readonly Region[]): PickItem[] {
  return regions
    .toSorted((a, b) => Number(a.obstacle !== null) - Number(b.obstacle !== null))
    .map(({ name, label, obstacle }) => ({ label, description: name, value: name, obstacle }));
}

function hostItems(): PickItem[] {
  const item = (value: DeploymentHost, label: string, description: string): PickItem => ({ value, label, description });
  return [
    item('container-apps', 'Container Apps', t('scaled by KEDA on the queue, caches stay warm')),
    item('functions-flex', 'Functions Flex Consumption', t('paid by execution')),
    item('functions-premium', 'Functions Premium EP2', t('the guide’s plan, 20 workers at most')),
  ];
}

function modelItems(): PickItem[] {
  const item = (value: ModelChoice, label: string, description: string): PickItem => ({ value, label, description });
  return [
    item('lorax', t('LoRAX on an A100'), t('gated base model, with a token of the Hugging Face hub')),
    item('lorax-open', t('LoRAX on an A100, open base model'), t('no token')),
    item('endpoint', t('My own endpoint'), t('LoRAX or OpenAI-compatible')),
  ];
}
