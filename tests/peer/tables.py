"""Six classic tables: the shipped recipes beside scikit-learn's MLP on the same rows, means of five splits.

tables.py GRADUS RECIPES DATA prints a line a recipe: its name, the mean of five splits of its own, and on five splits
that both read Gradus' mean and scikit-learn's.
"""

import csv
import gzip
import json
import subprocess
import sys
import warnings
from pathlib import Path

import numpy
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

SEEDS = 5


class Table:
    """A file, its target column, and how scikit-learn reads its features."""

    def __init__(self, file, target, hidden, test, header=True, ignore=(), category=(), numbers=None, epochs=200):
        self.file, self.target, self.hidden, self.test = file, target, hidden, test
        self.header, self.ignore, self.category, self.numbers, self.epochs = header, ignore, category, numbers, epochs


TABLES = {
    "iris": Table("iris.csv", -1, 32, 0.2),
    "wine": Table("wine.csv", -1, 16, 0.25),
    "breast-cancer": Table("breast.csv", -1, 16, 0.2),
    "digits": Table("digits.csv.gz", -1, 64, 0.2, header=False),
    "diabetes": Table("diabetes.csv", -1, 16, 0.2, numbers=True),
    "titanic": Table("titanic.csv", 1, 16, 0.2, ignore=("PassengerId", "Name", "Ticket", "Cabin"),
                     category=("Pclass", "Sex", "Embarked")),
}


def read(path, header):
    opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="", encoding="utf-8")
    with opened as file:
        rows = [row for row in csv.reader(file) if row]
    return (rows[0], rows[1:]) if header else ([f"c{i}" for i in range(len(rows[0]))], rows)


def scikit(table, names, rows, part):
    place = range(len(names))[table.target]
    used = [i for i in place_of_features(table, names, place)]
    x = numpy.array([[row[i] for i in used] for row in rows], dtype=object)
    y = numpy.array([row[place] for row in rows])
    y = y.astype(float) if table.numbers else y
    category = [k for k, i in enumerate(used) if names[i] in table.category]
    number = [k for k in range(len(used)) if k not in category]
    x[x == ""] = numpy.nan
    encode = ColumnTransformer([
        ("number", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), number),
        ("category", make_pipeline(SimpleImputer(strategy="constant", fill_value=""),
                                   OneHotEncoder(handle_unknown="ignore", sparse_output=False)), category)])
    for k in number:
        x[:, k] = x[:, k].astype(float)
    train, test = part == "train", part == "test"
    kind = MLPRegressor if table.numbers else MLPClassifier
    net = kind(hidden_layer_sizes=(table.hidden,), max_iter=table.epochs, random_state=0)
    xt = encode.fit_transform(x[train])
    yt = y[train]
    if table.numbers:
        mean, deviation = yt.mean(), yt.std()
        net.fit(xt, (yt - mean) / deviation)
        said = net.predict(encode.transform(x[test])) * deviation + mean
        return 1 - ((y[test] - said) ** 2).sum() / ((y[test] - y[test].mean()) ** 2).sum()
    net.fit(xt, yt)
    return (net.predict(encode.transform(x[test])) == y[test]).mean()


def place_of_features(table, names, target):
    return [i for i, name in enumerate(names) if i != target and name not in table.ignore]


def gradus_score(gradus, recipe, run, setting):
    """R squared or accuracy on the test part, of a training with the settings."""
    setting = [*setting, f"train.directory='{run}'"]
    subprocess.run([gradus, "train", recipe, "-q", "--no-report", *setting], check=True, stdout=subprocess.DEVNULL)
    found = subprocess.run([gradus, "eval", str(run), "--json"], check=True, capture_output=True, text=True)
    told = json.loads(found.stdout)
    return told["r_squared"] if "r_squared" in told else told["metrics"]["accuracy"]


def main():
    gradus, recipes, data = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    warnings.simplefilter("ignore")
    for name, table in TABLES.items():
        names, rows = read(data / table.file, table.header)
        target = [row[table.target] for row in rows]
        ours, theirs = [], []
        recipe = str(recipes / f"{name}.yaml")
        own = [gradus_score(gradus, recipe, Path(f"{name}-own-{seed}").resolve(),
                            [f"data.train={{csv: '{(data / table.file).resolve()}'}}", f"data.split.seed={seed}",
                             f"train.seed={seed}"]) for seed in range(1, SEEDS + 1)]
        for seed in range(SEEDS):
            part = numpy.array(["train"] * len(rows), dtype=object)
            _, test = train_test_split(numpy.arange(len(rows)), test_size=table.test, random_state=seed,
                                       stratify=None if table.numbers else target)
            part[test] = "test"
            path = Path(f"{name}-{seed}.csv").resolve()
            with open(path, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                if table.header:
                    writer.writerow(["part", *names])
                writer.writerows([[p, *row] for p, row in zip(part, rows)])
            column = "part" if table.header else "0"
            ours.append(gradus_score(gradus, recipe, path.with_suffix(""),
                                     [f"data.train={{csv: '{path}'}}", f"data.split={{part: {column!r}}}",
                                      f"train.seed={seed}"]))
            theirs.append(scikit(table, names, rows, part))
        print(f"{name} {numpy.mean(own):.4f} {numpy.mean(ours):.4f} {numpy.mean(theirs):.4f}", flush=True)


main()
