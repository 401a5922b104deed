#include "tests/support/faulty_vfs.h"

#include <sqlite3.h>

#include <cstddef>
#include <new>

namespace relaywatch::support {
namespace {

using Fault = FaultyVfs::Fault;

std::atomic<Fault> g_fault{Fault::kNone};
UnsyncedWrites* g_unsynced = nullptr;

// SQLite allocates szOsFile bytes: ours, and behind them those of the real file.
struct File {
  sqlite3_file base;
  const char* name;  // SQLite keeps it as long as the file is open; null for temporary ones
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};

File* Of(sqlite3_file* file) { return reinterpret_cast<File*>(file); }
const sqlite3_io_methods* Methods(sqlite3_file* file) { return Of(file)->real()->pMethods; }

// Nothing is told of temporary files: no power loss leaves anything of them.
bool IsTold(sqlite3_file* file) { return Of(file)->name != nullptr; }

int Close(sqlite3_file* file) { return Methods(file)->xClose(Of(file)->real()); }
int Read(sqlite3_file* file, void* to, int bytes, sqlite3_int64 at) {
  if (g_fault == Fault::kRead) return SQLITE_IOERR_READ;
  return Methods(file)->xRead(Of(file)->real(), to, bytes, at);
}
int Write(sqlite3_file* file, const void* from, int bytes, sqlite3_int64 at) {
  switch (g_fault.load()) {
    case Fault::kFull:
      return SQLITE_FULL;
    case Fault::kReadOnly:
      return SQLITE_READONLY;
    case Fault::kWrite:
      return SQLITE_IOERR_WRITE;
    default:
      if (IsTold(file)) {
        g_unsynced->Written(Of(file)->name, at,
                            {static_cast<const char*>(from), static_cast<std::size_t>(bytes)});
      }
      return Methods(file)->xWrite(Of(file)->real(), from, bytes, at);
  }
}
int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (IsTold(file)) g_unsynced->Truncated(Of(file)->name, size);
  return Methods(file)->xTruncate(Of(file)->real(), size);
}
int Sync(sqlite3_file* file, int flags) {
  if (g_fault == Fault::kSync) return SQLITE_IOERR_FSYNC;
  if (IsTold(file)) g_unsynced->Synced(Of(file)->name);
  return Methods(file)->xSync(Of(file)->real(), flags);
}
int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return Methods(file)->xFileSize(Of(file)->real(), size);
}
int Lock(sqlite3_file* file, int level) { return Methods(file)->xLock(Of(file)->real(), level); }
int Unlock(sqlite3_file* file, int level) {
  return Methods(file)->xUnlock(Of(file)->real(), level);
}
int CheckReserved(sqlite3_file* file, int* out) {
  return Methods(file)->xCheckReservedLock(Of(file)->real(), out);
}
int Control(sqlite3_file* file, int op, void* arg) {
  return Methods(file)->xFileControl(Of(file)->real(), op, arg);
}
int SectorSize(sqlite3_file* file) { return Methods(file)->xSectorSize(Of(file)->real()); }
int Characteristics(sqlite3_file* file) {
  return Methods(file)->xDeviceCharacteristics(Of(file)->real());
}
int ShmMap(sqlite3_file* file, int page, int size, int extend, void volatile** to) {
  return Methods(file)->xShmMap(Of(file)->real(), page, size, extend, to);
}
int ShmLock(sqlite3_file* file, int offset, int n, int flags) {
  return Methods(file)->xShmLock(Of(file)->real(), offset, n, flags);
}
void ShmBarrier(sqlite3_file* file) { Methods(file)->xShmBarrier(Of(file)->real()); }
int ShmUnmap(sqlite3_file* file, int remove) {
  return Methods(file)->xShmUnmap(Of(file)->real(), remove);
}

constexpr sqlite3_io_methods kMethods = {
    2,        Close,         Read,    Write,      Truncate,        Sync,   FileSize, Lock,
    Unlock,   CheckReserved, Control, SectorSize, Characteristics, ShmMap, ShmLock,  ShmBarrier,
    ShmUnmap, nullptr,       nullptr};

sqlite3_vfs* Real(sqlite3_vfs* vfs) { return static_cast<sqlite3_vfs*>(vfs->pAppData); }

int Open(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out) {
  File* ours = new (file) File{};
  ours->name = name;
  if (name != nullptr) g_unsynced->Opened(name);
  const int result = Real(vfs)->xOpen(Real(vfs), name, ours->real(), flags, out);
  if (ours->real()->pMethods != nullptr) ours->base.pMethods = &kMethods;
  return result;
}

sqlite3_vfs g_vfs;

}  // namespace

FaultyVfs::FaultyVfs() {
  sqlite3_vfs* real = sqlite3_vfs_find("unix");
  g_vfs = *real;  // but for opening, everything is the real one's and needs its data
  g_vfs.pNext = nullptr;
  g_vfs.zName = "faulty";
  g_vfs.szOsFile = static_cast<int>(sizeof(File)) + real->szOsFile;
  g_vfs.pAppData = real;
  g_vfs.xOpen = Open;
  g_unsynced = &unsynced_;
  g_vfs.xDelete = [](sqlite3_vfs* v, const char* n, int s) {
    g_unsynced->Deleted(n);
    return Real(v)->xDelete(Real(v), n, s);
  };
  g_vfs.xAccess = [](sqlite3_vfs* v, const char* n, int f, int* o) {
    return Real(v)->xAccess(Real(v), n, f, o);
  };
  g_vfs.xFullPathname = [](sqlite3_vfs* v, const char* n, int s, char* o) {
    return Real(v)->xFullPathname(Real(v), n, s, o);
  };
  sqlite3_vfs_register(&g_vfs, 1);
}

FaultyVfs::~FaultyVfs() {
  Set(Fault::kNone);
  sqlite3_vfs_unregister(&g_vfs);
}

void FaultyVfs::Set(Fault fault) { g_fault = fault; }

}  // namespace relaywatch::support
