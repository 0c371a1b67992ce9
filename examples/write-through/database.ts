/** Postgres: the one that DATABASE_URL names, or one in this process (PGlite), in the folder that DATABASE names or in memory. */

export interface Database {
  query(sql: string, values?: unknown[]): Promise<{ rows: unknown[] }>;
}

const SCHEMA = [
  `CREATE TABLE IF NOT EXISTS entries (
     party text, room text, epoch text, seq bigint, type text NOT NULL, entry jsonb NOT NULL,
     PRIMARY KEY (party, room, epoch, seq)
   )`,
  `CREATE TABLE IF NOT EXISTS members (
     party text, room text, user_id text, username text NOT NULL,
     PRIMARY KEY (party, room, user_id)
   )`,
];

export async function open(): Promise<Database> {
  const { DATABASE_URL, DATABASE } = process.env;
  const database = DATABASE_URL ? await external(DATABASE_URL) : await embedded(DATABASE);
  for (const table of SCHEMA) await database.query(table);
  return database;
}

async function external(connectionString: string): Promise<Database> {
  const { Pool } = await import("pg");
  return new Pool({ connectionString });
}

async function embedded(folder?: string): Promise<Database> {
  const { PGlite } = await import("@electric-sql/pglite");
  return PGlite.create(folder);
}
