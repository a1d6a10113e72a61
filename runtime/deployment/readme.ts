import type { AosConfig } from '../contracts/config.ts';
import type { DeploymentChoice } from '../contracts/deployment.ts';
import { PACKAGE_BLOB } from './functions.ts';
import { secretsOf } from './secrets.ts';
import { PACKAGE_CONTAINER } from './storage.ts';

/**
 * What the files are and how to deploy them without AOS Studio.
 * @param folder where main.json is, seen from the README: empty or `infra/`
 */
export function readmeOf(config: AosConfig, choice: DeploymentChoice, folder: '' | 'infra/'): string {
  const { resource_group: group, location } = choice;
  const secrets = secretsOf(config, choice);
  const values = ` -p ${folder}main.parameters.json`;
  return [
    `# ${config.name} in Azure`,
    '',
    `Written by AOS Studio from aos.json. \`aos deploy\` does all of the following by itself, after a preview.`,
    '',
    '| file | is |',
    '|---|---|',
    `| ${folder}main.json | the template: every resource |`,
    `| ${folder}main.parameters.json | its parameters, from the capacity plan; no secrets |`,
    `| ${folder}main.bicep | calls main.json, for tools that start from Bicep |`,
    '| azure.yaml | the project for the Azure Developer CLI |',
    '',
    ...secretSection(secrets),
    '## With the Azure CLI',
    '',
    '```',
    `az group create -n ${group} -l ${location}`,
    `az deployment group what-if -g ${group} -n aos -f ${folder}main.json${values}`,
    `az deployment group create -g ${group} -n aos -f ${folder}main.json${values}`,
    '```',
    '',
    ...(choice.host === 'container-apps' ? imageSection(group, folder, values) : packageSection(choice)),
    '## With the Azure Developer CLI',
    '',
    '```',
    `azd env new ${choice.name}`,
    `azd env set AZURE_RESOURCE_GROUP ${group}`,
    `azd env set AZURE_LOCATION ${location}`,
    'azd provision',
    '```',
    '',
    ...(choice.host === 'container-apps'
      ? [`When the image is built, write its name into ${folder}main.parameters.json and provision again.`, '']
      : []),
    '## Taking it down',
    '',
    `\`az group delete -n ${group}\` deletes everything in the group, data included.`,
    ...(secrets.length > 0
      ? [
          'The key vault keeps its name for 7 days: `az keyvault purge -n <its name>` before you deploy under the same name again.',
        ]
      : []),
    '',
  ].join('\n');
}

function secretSection(secrets: ReturnType<typeof secretsOf>): string[] {
  if (secrets.length === 0) return [];
  return [
    '## Secrets',
    '',
    'Each deployment asks for them (do not write them on a command line) and keeps them in the key vault. The processes read\nthem by their identity.',
    '',
    '| parameter | is |',
    '|---|---|',
    ...secrets.map(({ parameter, description }) => `| ${parameter} | ${description} |`),
    '',
  ];
}

/** Azure Container Registry builds it (ACR Tasks): the laptop needs no Docker. */
function imageSection(group: string, folder: string, values: string): string[] {
  return [
    'The runtime itself comes with a second deployment, once the registry has built its image (no Docker needed here):',
    '',
    '```',
    `az deployment group show -g ${group} -n aos --query properties.outputs`,
    'az acr build -r <registry> -t aos-runtime:1 --build-arg WORKSPACE=<workspace> <folder with the Dockerfile>',
    `az deployment group create -g ${group} -n aos -f ${folder}main.json${values} -p image=<registryServer>/aos-runtime:1`,
    '```',
    '',
  ];
}

function packageSection({ host, resource_group: group }: DeploymentChoice): string[] {
  return [
    'Then the code, as a zip of the Functions project, which a checkout of AOS Studio lays out:',
    '',
    '```',
    'npm run functions:tree -- <folder> --workspace <folder with aos.json>',
    `zip -r ${PACKAGE_BLOB} .    # in that folder`,
    host === 'functions-flex'
      ? `az functionapp deployment source config-zip -g ${group} -n <app> --src ${PACKAGE_BLOB}`
      : `az storage blob upload --auth-mode login --account-name <storage> -c ${PACKAGE_CONTAINER} -n ${PACKAGE_BLOB} -f ${PACKAGE_BLOB}`,
    '```',
    '',
  ];
}
