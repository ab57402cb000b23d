/** Options of every `pars pip` command. */
export interface PipFlags {
  readonly folder?: string;
  readonly json: boolean;
}
