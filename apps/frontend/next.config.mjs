/** @type {import('next').NextConfig} */
export default {
  output: 'standalone',
  outputFileTracingRoot: import.meta.dirname ?? new URL('.', import.meta.url).pathname,
  // No image is scaled here; the library that would do it is half of the bundle.
  images: { unoptimized: true },
  outputFileTracingExcludes: { '*': ['node_modules/@img/**', 'node_modules/sharp/**'] },
  poweredByHeader: false,
  // Requests are logged once, as JSON, by instrumentation.ts.
  logging: { incomingRequests: false },
  devIndicators: false,
};
