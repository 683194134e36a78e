/** Brings the tables of the README up to date. */
import { writeTables } from '@distributed-patterns/readme-tables';
import { readmeTables } from './readme-tables.ts';

writeTables(new URL('../README.md', import.meta.url), readmeTables());
