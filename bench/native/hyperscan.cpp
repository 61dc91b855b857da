// Hyperscan behind three functions, for bench/Edge.Bench: one database of all patterns, one scan that counts matches.
#include <hs/hs.h>

#include <cstddef>
#include <cstdio>
#include <new>
#include <vector>

namespace {

struct Engine {
  hs_database_t* database = nullptr;
  hs_scratch_t* scratch = nullptr;
};

int count(unsigned, unsigned long long, unsigned long long, unsigned, void* context) {
  ++*static_cast<long*>(context);
  return 0;
}

}  // namespace

// with_starts: report where a match begins too. Redaction cannot do without it.
extern "C" void* engine_open(const char* const* patterns, int count, int with_starts) {
  std::vector<unsigned> flags(count, with_starts ? HS_FLAG_SOM_LEFTMOST : 0), ids(count);
  for (int i = 0; i < count; i++) ids[i] = i;
  auto* engine = new (std::nothrow) Engine;
  hs_compile_error_t* error = nullptr;
  if (engine == nullptr) return nullptr;
  if (hs_compile_multi(patterns, flags.data(), ids.data(), count, HS_MODE_BLOCK, nullptr, &engine->database, &error) != HS_SUCCESS) {
    std::fprintf(stderr, "hyperscan: %s\n", error->message);
    hs_free_compile_error(error);
    delete engine;
    return nullptr;
  }
  if (hs_alloc_scratch(engine->database, &engine->scratch) != HS_SUCCESS) return nullptr;
  return engine;
}

// How many matches were reported: one for each end, so that an e-mail address counts several times.
extern "C" long engine_scan(void* opaque, const char* text, size_t length) {
  auto* engine = static_cast<Engine*>(opaque);
  long found = 0;
  if (hs_scan(engine->database, text, length, 0, engine->scratch, count, &found) != HS_SUCCESS) return -1;
  return found;
}

extern "C" const char* engine_version() { return hs_version(); }
