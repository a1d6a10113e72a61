import { emptyPriceBook } from '../../../runtime/capacity/price-book.ts';
import type { PlanInput } from '../../../runtime/contracts/capacity.ts';
import { type AosConfig, configSchema } from '../../../runtime/contracts/config.ts';
import { type BuiltTemplate, type DeploymentChoice, deploymentHosts } from '../../../runtime/contracts/deployment.ts';
import { buildTemplate } from '../../../runtime/deployment/build-template.ts';
import { type ChoiceDraft, chooseDeployment, planDeployment } from '../../../runtime/deployment/choice.ts';
import { type EvaluatedTemplate, evaluateTemplate } from '../../../runtime/deployment/evaluate.ts';
import type { Role } from '../../../runtime/deployment/identity.ts';

export const prices = emptyPriceBook('westus2');

/** A workspace with an adapter, and a secret of each kind. */
export const config: AosConfig = configSchema.parse({
  name: 'boardroom',
  adapters: { ceo: { path: 'adapters/ceo' } },
  agents: [{ id: 'ceo', purpose: 'Lead.', adapter: 'ceo' }],
  mcp_servers: {
    crm: { type: 'http', url: 'https://crm.example.com', headers: { authorization: 'secret:CRM_KEY' } },
    mail: { type: 'stdio', command: 'mail', env: { MAIL_KEY: 'env:MAIL_KEY' } },
  },
});

export const auth = { tenant_id: '11111111-1111-4111-8111-111111111111', audience: 'api://aos' };
export const image = 'aos.azurecr.io/aos-runtime:1';

export interface Deployment extends BuiltTemplate {
  choice: DeploymentChoice;
  evaluated: EvaluatedTemplate;
}

export function deployment(draft: ChoiceDraft = {}, input: PlanInput = {}, of = config): Deployment {
  const model = draft.host && modelsOf(draft.host)[0];
  const choice = chooseDeployment(of, planDeployment(of, input, prices).deployment, {
    ...{ image, auth, ...(model && { model }) },
    ...draft,
  });
  const built = buildTemplate(of, choice);
  return { ...built, choice, evaluated: evaluate(built) };
}

export function evaluate({ template, parameters }: BuiltTemplate, cloudName?: string): EvaluatedTemplate {
  return evaluateTemplate(template, {
    ...(cloudName && { cloudName }),
    parameters: parameters.parameters,
    subscriptionId: '22222222-2222-4222-8222-222222222222',
    resourceGroup: 'aos-rg',
    location: 'westus2',
    now: new Date('2026-11-24T12:00:00Z'),
  });
}

const endpoint = { kind: 'endpoint', url: 'https://models.example.com/v1' } as const;
/** LoRAX is reached from the environment it runs in, so that Functions need an endpoint. */
const modelsOf = (host: DeploymentChoice['host']) =>
  host === 'container-apps' ? [{ kind: 'lorax' as const }, endpoint] : [endpoint];

/** Every host, tier and way to a model, with all that is optional. */
export const everyDeployment: readonly (readonly [label: string, Deployment])[] = deploymentHosts.flatMap((host) =>
  (['Premium', 'Standard'] as const).flatMap((bus_tier) =>
    modelsOf(host).map(
      (model) =>
        [
          `${host}, ${bus_tier}, ${model.kind}`,
          deployment({ host, model, budget: { monthly_usd: 500 }, alert_email: 'ops@example.com' }, { bus_tier }),
        ] as const,
    ),
  ),
);

// biome-ignore lint/suspicious/noExplicitAny: a resource's properties are whatever its type has
export type Properties = any;

/** Properties of all resources of a type. */
export const propertiesOf = ({ evaluated }: Deployment, type: string): Properties[] =>
  evaluated.resources.filter((resource) => resource.type === type).map(({ properties }) => properties);

/** Properties of a container app; undefined on another host. */
export function appOf({ evaluated }: Deployment, name: 'runtime' | 'lorax'): Properties {
  return evaluated.resources.find((resource) => resource.name === `boardroom-${name}`)?.properties;
}

/** Environment of the runtime: value or secret by variable. */
export function environmentOf(built: Deployment): Record<string, string> {
  const app = appOf(built, 'runtime');
  const settings = app
    ? app.template.containers[0].env
    : propertiesOf(built, 'Microsoft.Web/sites')[0].siteConfig.appSettings;
  return Object.fromEntries(settings.map(({ name, value, secretRef }: Properties) => [name, value ?? secretRef]));
}

/** learn.microsoft.com, role-based-access-control/built-in-roles, written down a second time. */
export const builtInRoles: Record<Role, string> = {
  serviceBusDataOwner: '090c5cfd-751d-490a-894a-3ce6f1109419',
  blobDataContributor: 'ba92f5b4-2d11-453d-a403-e96b0029c9fe',
  blobDataOwner: 'b7e6dc6d-f1e8-4753-8033-0f276bb0955b',
  queueDataContributor: '974c5e8b-45b9-4653-ba55-5f855dd0fb88',
  tableDataContributor: '0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3',
  registryPull: '7f951dda-4ed3-4680-a7ca-43fe172d538d',
  monitoringMetricsPublisher: '3913510d-42f4-4e42-8a64-420c390055eb',
  keyVaultSecretsUser: '4633458b-17de-408a-b874-0445c86b69e6',
};
