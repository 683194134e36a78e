/** Brings the table of outcomes in the README up to date. */
import { writeTables } from '@distributed-patterns/readme-tables';
import { outcomeTable } from '@distributed-patterns/testing';
import { outcomes } from './outcomes.ts';

writeTables(new URL('../README.md', import.meta.url), { outcomes: outcomeTable(outcomes) });
