declare module 'asl-validator' {
  /** Adds to the definition that it is given. */
  export default function validate(definition: object): {
    readonly isValid: boolean;
    readonly errors: readonly { readonly 'Error code': string; readonly Message: string }[];
  };
}
