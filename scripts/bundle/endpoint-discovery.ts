/**
 * In place of the discovery of endpoints, which the client of DynamoDB sets up and no call of ours uses: it is off by
 * default, and DynamoDB has an endpoint of its own in every region.
 */
export const resolveEndpointDiscoveryConfig = <Config>(config: Config): Config => config;

/** No setting is read for it. */
export const NODE_ENDPOINT_DISCOVERY_CONFIG_OPTIONS = {
  environmentVariableSelector: () => undefined,
  configFileSelector: () => undefined,
  default: undefined,
};
