// command_submit.cpp — `symopt submit --slurm EXPERIMENT|FILE.ini`: a run as a Slurm job array.
#include <cstdio>

#include "experiments/commands/command.hpp"
#include "experiments/session/session.hpp"
#include "experiments/session/slurm.hpp"
#include "experiments/terminal/standard_output.hpp"

namespace symopt {

namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

po::options_description describe_submit() {
  po::options_description options("Slurm");
  options.add_options()("slurm", po::bool_switch(), "by Slurm, the engine there is");
  options.add_options()("dry-run", po::bool_switch(), "write the scripts, submit nothing");
  add_options(options, slurm_options().infos());
  options.add(run_options());
  return options;
}

// What `sbatch` prints: the job's number. UserError with its own words where it fails.
std::string sbatch(const std::string& arguments) {
  const std::string command = "sbatch --parsable " + arguments + " 2>&1";
  std::FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) throw UserError("submit: cannot start sbatch");
  std::string text;
  char part[256];
  while (const size_t size = std::fread(part, 1, sizeof part, pipe)) text.append(part, size);
  const int status = ::pclose(pipe);
  text = text.substr(0, text.find_last_not_of(" \n") + 1);
  const std::string last = text.substr(text.rfind('\n') + 1);
  if (status != 0 || last.empty())
    throw UserError(fmt::format("submit: sbatch failed: {}", last.empty() ? "it says nothing" : last));
  return last.substr(0, last.find(';'));  // NUMBER;CLUSTER where there are several
}

// The shards that have something to run.
std::vector<int> tasks_left(const Session& session, const Store& store, int count,
                            const RunControl& control) {
  std::vector<int> tasks;
  for (int i = 1; i <= count; ++i)
    for (const TrialSpec& spec : part_of(session.specs, {i, count}))
      if (is_left(spec, store, control)) {
        tasks.push_back(i);
        break;
      }
  return tasks;
}

int run_submit(const po::variables_map& given, const std::vector<std::string>& arguments) {
  if (!given["slurm"].as<bool>())
    throw UsageError("submit: expected --slurm; other schedulers run shards: symopt run … --shard i/n");
  RunOptions run = read_run_options(given);
  if (!run.reuse.empty())
    throw UsageError("submit: expected options of a plan, found --reuse, which run, sweep and tune have");
  if (run.shard) throw UsageError("option '--shard': not with submit, which makes the shards itself");
  SlurmOptions slurm;
  slurm_options().set(slurm, given_options(given, slurm_options().infos()));
  check_slurm_options(slurm);
  Request request = make_request("submit", given, arguments);
  const int threads = run.control.threads;  // those of this machine say nothing of the nodes
  adapt(run, request);
  run.control.threads = threads;
  const Session session = prepare(std::move(request), run);

  tell_substitute(session);
  const auto folder = results_folder(session.request, run, session.request.sweep.empty() ? "" : "-sweep");
  // Before anything is written.
  check_script_text("option '--out'", fs::absolute(folder).string());
  check_script_text("option '--data'", run.data);
  check_asked_for(arguments[0], session, folder, run);
  // The tasks share the folder's lock, so the store is closed before they come.
  auto store = open_store(session, folder);
  SlurmJob job;
  job.name = session.request.experiment;
  job.folder = fs::absolute(store->folder()).lexically_normal();
  job.count = task_count(session.specs.size(), slurm.pack);
  job.tasks = tasks_left(session, *store, job.count, run.control);
  store.reset();
  if (job.tasks.empty()) {
    print_output("all {} trials are finished; the tables: symopt collect {}\n", session.specs.size(),
                 shell_word(job.folder.string()));
    return 0;
  }

  const std::string program = shell_word(fs::read_symlink("/proc/self/exe").string());
  if (std::ranges::any_of(listed_datasets(session.request.dataset), needs_data_folder))
    run.data = fs::absolute(data_folder(run.data)).string();
  run.jobs = std::max(run.jobs, 1);
  job.processors = run.jobs * run.control.threads;
  job.run_line = fmt::format("{} {}", program, resume_arguments("run", job.folder, run));
  job.collect_line =
      fmt::format("{} collect {}{}{}", program, shell_word(job.folder.string()),
                  run.data.empty() ? "" : " --data " + shell_word(run.data), run.plots ? "" : " --no-plots");
  const fs::path scripts = job.folder / "slurm";
  make_folder(scripts / "logs");
  write_atomically(scripts / "trials.sh", trials_script(job, slurm));
  write_atomically(scripts / "collect.sh", collect_script(job, slurm));

  const std::string trials = shell_word((scripts / "trials.sh").string()),
                    collect = shell_word((scripts / "collect.sh").string());
  print_output("{}: {} trials in {} tasks, {} of them to run; scripts and logs: {}\n",
               session.request.experiment, session.specs.size(), job.count, job.tasks.size(),
               scripts.string());
  if (given["dry-run"].as<bool>()) {
    print_output(
        "nothing is submitted; to do so:\n  id=$(sbatch --parsable {})\n"
        "  sbatch --dependency=afterany:$id {}\n",
        trials, collect);
    return 0;
  }
  const std::string array = sbatch(trials);
  const std::string last = sbatch(fmt::format("--dependency=afterany:{} {}", array, collect));
  print_output("submitted: array job {}, then collect job {}; watch them with: squeue -j {},{}\n", array,
               last, array, last);
  return 0;
}

}  // namespace

Command submit_command() {
  return {"submit",
          "runs an experiment as a Slurm job array, and merges the results when it has ended",
          "submit --slurm EXPERIMENT|FILE.ini [OPTIONS]",
          "  symopt submit --slurm paper --throttle 50 --time 1:00:00 --mem 2G --partition cpu\n"
          "  symopt submit --slurm paper --trials 100 --pack 10 --time 30 --dry-run\n",
          describe_submit,
          run_submit};
}

}  // namespace symopt
