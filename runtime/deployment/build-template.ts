import type { AosConfig } from '../contracts/config.ts';
import type { ArmResource, BuiltTemplate, DeploymentChoice } from '../contracts/deployment.ts';
import { AosError } from '../core/errors.ts';
import { entities } from '../messaging/entities.ts';
import { alertResources } from './alerts.ts';
import { call, idOf, inBrackets, nameOf, parameter, propertyOf, text } from './arm.ts';
import { budgetResources, loadTestResources } from './budget.ts';
import { environmentResources, registryResources } from './container-environment.ts';
import { functionsResources } from './functions.ts';
import { identityResource } from './identity.ts';
import { loraxResources } from './lorax-app.ts';
import { monitoringResources } from './monitoring.ts';
import { functionApp, identity, insights, nameVariables, registry, runtimeApp, serviceBus, storage } from './names.ts';
import { parametersOf } from './parameters.ts';
import { runtimeAppResources } from './runtime-app.ts';
import { apiUrl } from './runtime-environment.ts';
import { secretResources, secretsOf } from './secrets.ts';
import { serviceBusResources } from './service-bus.ts';
import { storageResources } from './storage.ts';
import { workbookContent } from './workbook.ts';

/**
 * The ARM template of a deployment to a resource group, and its parameter file. The same input gives the same template, and
 * a template deployed twice changes nothing the second time.
 * @throws AosError AOS_BAD_REQUEST: the choice and aos.json, which the image carries, do not agree
 */
export function buildTemplate(config: AosConfig, choice: DeploymentChoice): BuiltTemplate {
  refuseDisagreement(config, choice);
  const parameters = parametersOf(config, choice);
  return {
    template: {
      $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#',
      contentVersion: '1.0.0.0',
      metadata: { description: `AOS runtime of ${config.name}, written by AOS Studio` },
      parameters: Object.fromEntries(Object.entries(parameters).map(([name, { definition }]) => [name, definition])),
      variables: {
        ...nameVariables,
        tags: inBrackets(
          call('union', parameter('tags'), call('createObject', text('aos-workspace'), text(config.name))),
        ),
        workbook: workbookContent(inBrackets(idOf(insights))),
      },
      resources: resourcesOf(config, choice),
      outputs: outputsOf(choice),
    },
    parameters: {
      $schema: 'https://schema.management.azure.com/schemas/2019-04-01/deploymentParameters.json#',
      contentVersion: '1.0.0.0',
      parameters: Object.fromEntries(
        Object.entries(parameters).flatMap(([name, { value }]) => (value === undefined ? [] : [[name, { value }]])),
      ),
    },
  };
}

/** What aos.json fixes would win over the template: the replicas would go elsewhere than everything that is built for them. */
function refuseDisagreement(
  { runtime, model, connections }: AosConfig,
  { capacity, model: chosen }: DeploymentChoice,
): void {
  const refuse = (message: string): never => {
    throw new AosError('AOS_BAD_REQUEST', message);
  };
  if (capacity.shards !== runtime.shards) {
    refuse(
      `The plan is for ${capacity.shards} shards, but aos.json says ${runtime.shards}. Set runtime.shards to ${capacity.shards}, or plan for ${runtime.shards}.`,
    );
  }
  if (model.endpoint !== 'embedded' && (chosen.kind !== 'endpoint' || chosen.url !== model.endpoint)) {
    refuse(
      `aos.json names the model endpoint ${model.endpoint}. Deploy with that one, or set model.endpoint to "embedded".`,
    );
  }
  for (const [name, connection] of Object.entries(connections)) {
    if (connection === 'embedded') continue;
    refuse(`connections.${name} of aos.json must be "embedded": in Azure that is what the template creates.`);
  }
}

function resourcesOf(config: AosConfig, choice: DeploymentChoice): ArmResource[] {
  const containers = choice.host === 'container-apps';
  const secrets = secretsOf(config, choice);
  return [
    identityResource(),
    ...serviceBusResources(choice, entities),
    ...storageResources(choice),
    ...monitoringResources(),
    ...secretResources(secrets),
    ...(containers ? environmentResources(choice) : []),
    ...(choice.model.kind === 'lorax' ? loraxResources(config, secrets) : []),
    ...(containers ? registryResources() : []),
    ...(containers ? runtimeAppResources(config, choice, secrets) : functionsResources(config, choice, secrets)),
    ...alertResources(choice),
    ...budgetResources(choice),
    ...loadTestResources(),
  ];
}

/** What the one who deploys goes on with. Azure keeps outputs in plain sight: addresses and names, no secrets. */
function outputsOf(choice: DeploymentChoice): BuiltTemplate['template']['outputs'] {
  const output = (value: string) => ({ type: 'string', value }) as const;
  const containers = choice.host === 'container-apps';
  return {
    apiUrl: output(
      inBrackets(containers ? call('if', "empty(parameters('image'))", text(''), apiUrl(choice)) : apiUrl(choice)),
    ),
    ...(containers && {
      registry: output(inBrackets(nameOf(registry))),
      registryServer: output(inBrackets(propertyOf(registry, 'loginServer'))),
    }),
    app: output(inBrackets(nameOf(containers ? runtimeApp : functionApp))),
    serviceBus: output(inBrackets(nameOf(serviceBus))),
    storage: output(inBrackets(nameOf(storage))),
    insightsId: output(inBrackets(idOf(insights))),
    identityClientId: output(inBrackets(propertyOf(identity, 'clientId'))),
  };
}
