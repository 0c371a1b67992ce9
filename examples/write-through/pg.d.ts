// As much of `pg` as is used, so that the example compiles where it is not installed.
declare module "pg" {
  export class Pool {
    constructor(options: { connectionString: string });
    query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
    end(): Promise<void>;
  }
}
