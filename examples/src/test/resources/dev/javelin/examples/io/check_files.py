"""Reads with PyTorch, NumPy and safetensors what `PeerFilesTest` wrote, and fails if anything is not as it should be.

python3 check_files.py DIRECTORY
"""

import pathlib
import sys

import numpy
import torch

here = pathlib.Path(sys.argv[1])
NAMES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
wanted = torch.arange(6).reshape(2, 3)


def same(tensor, expected, dtype):
    assert tensor.dtype == dtype, (tensor.dtype, dtype)
    assert torch.equal(tensor, expected.to(dtype)), (tensor, expected)


# ---- PyTorch
file = torch.load(here / "all.pt")
for name in NAMES:
    same(file["dtypes"][name], wanted, getattr(torch, name))
base = torch.arange(12.0).reshape(3, 4)
views = {"base": base, "t": base.t(), "column": base[:, 1], "row": base[1], "steps": base[::2, 1:]}
for name, expected in views.items():
    same(file[name], expected, torch.float32)
    assert file[name].stride() == expected.stride(), name
file["base"][1, 1] = 99  # seen by every view: one storage
assert [file["t"][1, 1], file["column"][1], file["row"][1]] == [99, 99, 99]
assert file["nested"] == [1, 2.5, "x", True, None, {"a": [7]}]
assert file["scalar"].shape == torch.Size([]) and file["empty"].shape == torch.Size([0, 3])
parameter = torch.load(here / "parameter")
assert isinstance(parameter, torch.nn.Parameter) and parameter.requires_grad

model = torch.nn.Sequential(
    torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(), torch.nn.Flatten(), torch.nn.Linear(8, 3)
)
run = torch.load(here / "run.pt")
model.load_state_dict(run["model"])
model.eval()
assert torch.allclose(model(run["x"]), run["y"], atol=1e-5)

# ---- NumPy
for name in NAMES:
    if name != "bfloat16":
        array = numpy.load(here / f"{name}.npy")
        assert array.dtype.name == name and (array == wanted.numpy().astype(name)).all(), name
for name in ["stored.npz", "compressed.npz"]:
    archive = numpy.load(here / name)
    assert sorted(archive.files) == sorted(set(NAMES) - {"bfloat16"}), archive.files
    assert all((archive[key] == wanted.numpy().astype(key)).all() for key in archive.files), name

# ---- safetensors
try:
    import safetensors
except ImportError:
    print("PyTorch, NumPy")
    sys.exit()
with safetensors.safe_open(here / "all.safetensors", "np") as file:
    assert file.metadata() == {"made by": "Javelin"}, file.metadata()
    for name in NAMES:
        if name == "bfloat16":
            # NumPy has none.
            assert file.get_slice(name).get_dtype() == "BF16" and file.get_slice(name).get_shape() == [2, 3]
        else:
            array = file.get_tensor(name)
            assert array.dtype.name == name and (array == wanted.numpy().astype(name)).all(), name
print("PyTorch, NumPy, safetensors")
