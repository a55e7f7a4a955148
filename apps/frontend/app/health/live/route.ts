import { report } from '../../../lib/backend';
import { version } from '../../../lib/version';

export const dynamic = 'force-dynamic';

export function GET() {
  return Response.json(report(version));
}
