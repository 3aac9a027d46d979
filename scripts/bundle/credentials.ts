/**
 * In place of the SDK's default chain of credentials, which brings clients of three more services: Lambda gives a
 * function its credentials in its environment.
 * https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
