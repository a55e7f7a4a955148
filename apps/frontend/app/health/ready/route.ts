import { readiness } from '../../../lib/readiness';

export const dynamic = 'force-dynamic';

export const GET = readiness;
