/** The variables of the process that loads a pipeline, by name. */
export type HostEnvironment = Readonly<Record<string, string | undefined>>;
