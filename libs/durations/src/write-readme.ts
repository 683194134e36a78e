/** Brings the tables of the README up to date. */
import { writeTables } from '@distributed-patterns/readme-tables';
import { tables } from './readme-tables.ts';

writeTables(new URL('../README.md', import.meta.url), tables);
