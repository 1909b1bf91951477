// data_source.hpp — where a data set is published, how it comes here, and how its bytes are checked.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/data/camvid.hpp"
#include "core/data/cifar.hpp"
#include "core/data/idx.hpp"
#include "experiments/fetch/fetch.hpp"

namespace symopt::fetch {

/// What is known of one file.
struct Verdict {
  enum State {
    verified,     ///< its bytes are the published ones
    well_formed,  ///< everything in it is as it should be, but there is nothing published to compare its
                  ///< bytes with
    wrong,
    missing
  } state;
  std::filesystem::path file;
  std::string note;  ///< what is wrong, or why it is not verified
};
std::string to_text(Verdict::State state);

class DataSource {
 public:
  virtual ~DataSource() = default;
  virtual std::string name() const = 0;
  virtual std::string title() const = 0;
  virtual std::uint64_t download_bytes() const = 0;  ///< about
  virtual std::string checked_by() const = 0;        ///< what its bytes are compared with, in a few words
  virtual std::vector<std::string> mirrors() const = 0;
  virtual bool found(const std::filesystem::path& data) const = 0;
  /// Gets what is not there, to the folder name() of the data folder. UserError; what was got stays.
  virtual void fetch(Fetcher& fetcher) const = 0;
  /// One verdict a file, found where the program would find it.
  virtual std::vector<Verdict> verify(const std::filesystem::path& data) const = 0;
};

/// Four IDX files, each published gzipped.
struct IdxPublication {
  IdxDescription set;
  std::vector<std::string> mirrors;
  std::vector<PublishedFile> files;  ///< in the order of idx_names()
  std::uint64_t download_bytes = 0;  ///< of all four, about
};
std::unique_ptr<DataSource> idx_source(IdxPublication publication);

/// Six files of records, published as one .tar.gz.
struct CifarPublication {
  CifarDescription set;
  std::vector<std::string> mirrors;
  PublishedFile archive;
};
std::unique_ptr<DataSource> cifar_source(CifarPublication publication);

/// Lists, and the pictures that they name.
struct CamvidPublication {
  CamvidDescription set;
  std::vector<std::string> mirrors;
  std::uint64_t download_bytes = 0;  ///< about
};
std::unique_ptr<DataSource> camvid_source(CamvidPublication publication);

/// Every data set that can be fetched.
const std::vector<std::unique_ptr<DataSource>>& data_sources();
/// UsageError on an unknown name.
const DataSource& find_data_source(std::string_view name);

}  // namespace symopt::fetch
