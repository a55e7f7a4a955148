// Development has directories of its own (serve.mjs): it never writes into what the built application is served from.
const distDir = process.env.DIST_DIR || '.next';

/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  distDir,
  // Next.js adds the directory of its types to the file that it is given.
  ...(distDir === '.next' ? {} : { typescript: { tsconfigPath: 'tsconfig.dev.json' } }),
  outputFileTracingRoot: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  // No image is scaled here; the library that would do it is half of the bundle.
  images: { unoptimized: true },
  outputFileTracingExcludes: { '*': ['node_modules/@img/**', 'node_modules/sharp/**'] },
  poweredByHeader: false,
  // Requests are logged once, as JSON, by instrumentation.ts.
  logging: { incomingRequests: false },
  devIndicators: false,
};
