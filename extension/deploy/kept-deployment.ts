/** Where the workspace's deployment is kept. Apart from its schema, which is not loaded before it is needed. */
export const DEPLOYMENT_KEY = 'aos.deployment';
